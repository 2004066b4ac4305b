import CPlatform
import Glibc
import ServingCore

/// The file systems of this machine.
public struct LocalFileSystem: FileSystem {
    public init() {}

    public func entries(of directory: String) throws(Status) -> [DirectoryEntry] {
        guard let stream = opendir(directory) else { throw Self.status(errno, directory) }
        defer { closedir(stream) }
        var entries: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Self.status(errno, directory) }
                return entries
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            guard name != "." && name != ".." else { continue }
            let isLink = Self.isLink(entry.pointee.d_type, "\(directory)/\(name)")
            entries.append(DirectoryEntry(name: name, isLink: isLink))
        }
    }

    /// Not all file systems tell the kind of an entry in the listing.
    private static func isLink(_ kind: UInt8, _ path: String) -> Bool {
        guard kind == UInt8(DT_UNKNOWN) else { return kind == UInt8(DT_LNK) }
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFLNK
    }

    public func facts(of path: String) throws(Status) -> FileFacts {
        var facts = cplatform_file_facts()
        let failure = cplatform_file_facts(path, &facts)
        guard failure == 0 else { throw Self.status(failure, path) }
        return FileFacts(
            isDirectory: facts.mode & S_IFMT == S_IFDIR, size: facts.size, modified: facts.modified,
            changed: facts.changed, inode: facts.inode,
            place: StoragePlace(device: facts.device, mount: facts.mount))
    }

    /// ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS, bcachefs and ramfs.
    private static let localMagics: Set<UInt64> = [
        0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1, 0xf2f5_2010, 0xca45_1a4e, 0x8584_58f6,
    ]

    public func isLocal(_ path: String) -> Bool { Self.localMagics.contains(cplatform_file_system_magic(path)) }

    private static func status(_ error: Int32, _ path: String) -> Status {
        switch error {
        case ENOENT: .notFound("\(path) not found")
        case ENOTDIR: .failedPrecondition("\(path); Not a directory")
        case EACCES, EPERM: Status(.permissionDenied, "\(path); \(String(cString: strerror(error)))")
        default: .unavailable("\(path); \(String(cString: strerror(error)))")
        }
    }
}
