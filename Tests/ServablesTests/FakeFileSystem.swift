import ServingCore
import Synchronization

@testable import Servables

/// A file system in memory: directories are given by their paths, everything else is a file.
final class FakeFileSystem: FileSystem {
    struct Tree {
        var directories: Set<String> = []
        var files: [String: FileFacts] = [:]
        var failures: [String: Status] = [:]
        var listings = 0
    }

    let tree: Mutex<Tree>

    init(directories: [String] = [], files: [String] = []) {
        var tree = Tree()
        tree.directories = Set(directories)
        for file in files { tree.files[file] = FileFacts(isDirectory: false, size: 1) }
        self.tree = Mutex(tree)
    }

    func change(_ body: (inout Tree) -> Void) { tree.withLock { body(&$0) } }

    func children(of directory: String) throws(Status) -> [String] {
        try tree.withLock { tree throws(Status) in
            tree.listings += 1
            if let failure = tree.failures[directory] { throw failure }
            guard tree.directories.contains(directory) else { throw .notFound("\(directory) not found") }
            let prefix = "\(directory)/"
            let below = Array(tree.directories) + Array(tree.files.keys)
            return below.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
                .filter { !$0.contains("/") }
        }
    }

    func facts(of path: String) throws(Status) -> FileFacts {
        try tree.withLock { tree throws(Status) in
            if let failure = tree.failures[path] { throw failure }
            if tree.directories.contains(path) { return FileFacts(isDirectory: true) }
            guard let facts = tree.files[path] else { throw .notFound("\(path) not found") }
            return facts
        }
    }
}
