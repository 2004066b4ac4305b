import ServingCore

/// What the files below a directory look like from outside, without reading any.
public struct DirectoryContent: Sendable, Hashable {
    /// Changes whenever a name, a size or a time below the directory does; on local file systems also with the inode
    /// numbers and change times, which nobody can set back.
    public fileprivate(set) var fingerprint: UInt64
    /// When anything below was last changed, nanoseconds since 1970.
    public fileprivate(set) var newestChange: Int64 = .min
    /// When that one of the files below was last changed that has been left alone the longest.
    public fileprivate(set) var oldestChange: Int64 = .max
    /// True if something below is a symbolic link, whose target may change without any change here.
    public fileprivate(set) var hasLinks = false
}

extension FileSystem {
    /// What the files below `directory` look like; nil if not all of them can be looked at.
    ///
    /// Looks at no more than `limit` files and 16 levels, so that a link that leads back up cannot hold it.
    /// - Parameter visit: called with each directory before it is listed.
    public func content(
        of directory: String, limit: Int = 10_000, visit: (String) -> Void = { _ in }
    ) -> DirectoryContent? {
        var walk = ContentWalk(fileSystem: self, trustsInodes: isLocal(directory), budget: limit)
        guard walk.add(directory, depth: 0, visit) else { return nil }
        walk.content.fingerprint = walk.hash.value
        return walk.content
    }

    /// The fingerprint of `content(of:)`.
    public func fingerprint(of directory: String) -> UInt64? { content(of: directory)?.fingerprint }
}

private struct ContentWalk<Files: FileSystem> {
    let fileSystem: Files
    let trustsInodes: Bool
    var budget: Int
    var hash = FNV1a()
    var content = DirectoryContent(fingerprint: 0)

    mutating func add(_ directory: String, depth: Int, _ visit: (String) -> Void) -> Bool {
        visit(directory)
        guard let entries = try? fileSystem.entries(of: directory), let own = try? fileSystem.facts(of: directory)
        else { return false }
        // Renaming a directory sets its change time and leaves the content alone; copying tools set its time at will.
        content.newestChange = max(content.newestChange, min(own.modified, own.changed))
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            guard budget > 0 else { return true }
            budget -= 1
            hash.add(entry.name)
            if entry.isLink { content.hasLinks = true }
            guard add("\(directory)/\(entry.name)", entry, depth, visit) else { return false }
        }
        return true
    }

    private mutating func add(
        _ path: String, _ entry: DirectoryEntry, _ depth: Int, _ visit: (String) -> Void
    ) -> Bool {
        let facts: FileFacts
        do throws(Status) {
            facts = try fileSystem.facts(of: path)
        } catch {
            // A file may vanish between the listing and the look, or a link may lead nowhere.
            return error.code == .notFound
        }
        guard !facts.isDirectory else { return depth >= 16 || add(path, depth: depth + 1, visit) }
        let change = trustsInodes ? facts.changed : max(facts.changed, facts.modified)
        content.newestChange = max(content.newestChange, change)
        content.oldestChange = min(content.oldestChange, change)
        hash.add(UInt64(bitPattern: facts.size))
        hash.add(UInt64(bitPattern: facts.modified))
        guard trustsInodes else { return true }
        hash.add(UInt64(bitPattern: facts.changed))
        hash.add(facts.inode)
        return true
    }
}

/// The 64-bit FNV-1a hash.
private struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
        add(UInt8(0))
    }
}
