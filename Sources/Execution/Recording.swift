import CPlatform

/// What was recorded of the runs of some time. Times are nanoseconds on the recorder's clock.
public struct Recording: Sendable {
    /// One kernel call.
    public struct Step: Sendable {
        /// A place in `programs`.
        public var program: Int32
        /// A place in the program's names.
        public var index: Int32
        /// 0 in the program that was run, 1 in a function that one of its steps called, and so on.
        public var depth: Int32
        public var begin: UInt64
        public var nanoseconds: UInt64

        public init(program: Int32, index: Int32, depth: Int32, begin: UInt64, nanoseconds: UInt64) {
            self.program = program
            self.index = index
            self.depth = depth
            self.begin = begin
            self.nanoseconds = nanoseconds
        }
    }

    /// One run of a model.
    public struct Run: Sendable {
        /// A place in `labels`.
        public var label: Int
        /// A place in `threads`.
        public var thread: Int
        public var begin: UInt64
        public var nanoseconds: UInt64
        /// The places of its steps in `steps`: in the order in which they ended, so that what a step called stands
        /// before it.
        public var steps: Range<Int>
        /// Steps for which there was no room.
        public var droppedSteps: Int
        public var failed: Bool
    }

    /// A thread that ran something.
    public struct Thread: Hashable, Sendable {
        /// The system's number.
        public var id: Int32
        public var name: String

        public init(id: Int32, name: String) {
            self.id = id
            self.name = name
        }

        /// The calling thread.
        static var current: Thread {
            var name = [CChar](repeating: 0, count: 16)
            cplatform_thread_name(&name)
            let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return Thread(id: cplatform_thread_id(), name: String(decoding: bytes, as: UTF8.self))
        }
    }

    public internal(set) var labels: [RunLabel] = []
    public internal(set) var threads: [Thread] = []
    public internal(set) var programs: [StepNames] = []
    public internal(set) var runs: [Run] = []
    public internal(set) var steps = StepStore()
    public internal(set) var begin: UInt64 = 0
    public internal(set) var end: UInt64 = 0
    /// Runs of which nothing was kept, because there was no room or because they had not ended when the recording had.
    public internal(set) var droppedRuns = 0

    private var labelPlaces: [RunLabel: Int] = [:]
    private var threadPlaces: [Thread: Int] = [:]
    private var programPlaces: [ObjectIdentifier: Int32] = [:]

    init(begin: UInt64) {
        self.begin = begin
        end = begin
    }

    /// Steps for which there was no room.
    public var droppedSteps: Int { runs.reduce(0) { $0 + $1.droppedSteps } }

    /// What a step is called.
    public func name(of step: Step) -> StepNames.Name { programs[Int(step.program)].names[Int(step.index)] }

    mutating func append(_ trace: RunTrace, end: UInt64, failed: Bool) {
        let places = trace.programs.map { place(of: $0) }
        let first = steps.count
        for step in trace.steps {
            var step = step
            step.program = places[Int(step.program)]
            steps.append(step)
        }
        runs.append(
            Run(
                label: place(of: trace.label), thread: place(of: trace.thread), begin: trace.begin,
                nanoseconds: end &- trace.begin, steps: first..<steps.count, droppedSteps: trace.dropped,
                failed: failed))
    }

    private mutating func place(of names: StepNames) -> Int32 {
        if let known = programPlaces[ObjectIdentifier(names)] { return known }
        programs.append(names)
        let place = Int32(programs.count - 1)
        programPlaces[ObjectIdentifier(names)] = place
        return place
    }

    private mutating func place(of label: RunLabel) -> Int {
        if let known = labelPlaces[label] { return known }
        labels.append(label)
        labelPlaces[label] = labels.count - 1
        return labels.count - 1
    }

    private mutating func place(of thread: Thread) -> Int {
        if let known = threadPlaces[thread] { return known }
        threads.append(thread)
        threadPlaces[thread] = threads.count - 1
        return threads.count - 1
    }
}

/// Many records in blocks, so that adding one never moves the others.
public struct StepStore: Sendable, RandomAccessCollection {
    private static let blockSize = 1 << 13
    private var blocks: [[Recording.Step]] = []
    public private(set) var count = 0

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(index: Int) -> Recording.Step { blocks[index / StepStore.blockSize][index % StepStore.blockSize] }

    mutating func append(_ step: Recording.Step) {
        if count == blocks.count * StepStore.blockSize {
            var block: [Recording.Step] = []
            block.reserveCapacity(StepStore.blockSize)
            blocks.append(block)
        }
        blocks[blocks.count - 1].append(step)
        count += 1
    }
}
