import ServingCore

/// What a path leads to, after symbolic links.
public struct FileFacts: Sendable, Hashable {
    public var isDirectory: Bool
    /// Bytes.
    public var size: Int64
    /// When the content was last changed, nanoseconds since 1970. Copying tools set it at will.
    public var modified: Int64
    /// When the content, the name or the rights were last changed, nanoseconds since 1970. Nobody can set it.
    public var changed: Int64
    public var inode: UInt64
    public var place: StoragePlace

    public init(
        isDirectory: Bool, size: Int64 = 0, modified: Int64 = 0, changed: Int64 = 0, inode: UInt64 = 0,
        place: StoragePlace = StoragePlace()
    ) {
        self.isDirectory = isDirectory
        self.size = size
        self.modified = modified
        self.changed = changed
        self.inode = inode
        self.place = place
    }
}

/// Where something is stored. It becomes another one when a file system is mounted there or taken away.
public struct StoragePlace: Sendable, Hashable {
    public var device: UInt64
    /// The number of the mount; 0 if the system does not tell.
    public var mount: UInt64

    public init(device: UInt64 = 0, mount: UInt64 = 0) {
        self.device = device
        self.mount = mount
    }
}

/// A name in a directory.
public struct DirectoryEntry: Sendable, Hashable {
    public var name: String
    public var isLink: Bool

    public init(name: String, isLink: Bool = false) {
        self.name = name
        self.isLink = isLink
    }
}

/// The few questions that versions are found with; tests answer them from memory. Any of them may hang for as long as
/// the storage does.
public protocol FileSystem: Sendable {
    /// The names in a directory, in no particular order, without `.` and `..`.
    func entries(of directory: String) throws(Status) -> [DirectoryEntry]

    /// NOT_FOUND `<path> not found` if nothing is there.
    func facts(of path: String) throws(Status) -> FileFacts

    /// True if every change of what is stored at `path` is made through this machine's kernel, so that it can report
    /// them all and its inode numbers and change times can be relied on; false for network file systems and unknown
    /// ones.
    func isLocal(_ path: String) -> Bool
}
