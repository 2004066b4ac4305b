import Execution
import Glibc
import SavedModels
import ServingCore
import Synchronization
import Threading

/// The files of one version, for the graph's own restore and initialisation ops: nothing outside its directory is read.
final class ModelFiles: ExecutionEnvironment {
    private let directory: String
    private let residence: MappedFile.Residence
    private let pace: WorkPace?
    private let threadCount: @Sendable () -> Int
    private let open = Mutex<[String: TensorBundle]>([:])

    /// - Parameters:
    ///   - residence: where weights shall stand.
    ///   - pace: what reading them keeps to.
    ///   - threadCount: how many threads may check them at the moment.
    init(
        directory: String, residence: MappedFile.Residence = .automatic, pace: WorkPace? = nil,
        threadCount: @escaping @Sendable () -> Int = { 1 }
    ) {
        self.directory = directory
        self.residence = residence
        self.pace = pace
        self.threadCount = threadCount
    }

    func checkpoint(prefix: String) throws(Status) -> any CheckpointReader { try bundle(prefix: prefix) }

    /// The checkpoint whose files begin with `prefix`, opened once.
    func bundle(prefix: String) throws(Status) -> TensorBundle {
        try checkInside(prefix)
        if let bundle = open.withLock({ $0[prefix] }) { return bundle }
        let bundle = try TensorBundle(prefix: prefix, residence: residence, pace: pace, threadCount: threadCount)
        open.withLock { $0[prefix] = bundle }
        return bundle
    }

    /// Lets the system have the memory of all checkpoints that were opened; see `TensorBundle.giveBack`.
    func giveBackCheckpoints() {
        for bundle in open.withLock({ Array($0.values) }) { bundle.giveBack() }
    }

    func readFile(_ path: String) throws(Status) -> [UInt8] {
        try checkInside(path)
        let file = try MappedFile(path: path, residence: .copied)
        return Array(file.bytes)
    }

    private func checkInside(_ path: String) throws(Status) {
        // Whoever named the directory may have gone upwards; who names a file in it may not.
        let below = path.utf8.dropFirst(directory.utf8.count).split(separator: UInt8(ascii: "/"))
        guard path.hasPrefix(directory + "/"), !below.contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw Status(.permissionDenied, "\(path) is outside of the model's directory \(directory)")
        }
    }
}
