import CPlatform
import Glibc
import ServingCore
import Synchronization
import Threading

/// The system's promise that nobody changes a mapped file without asking: who opens it for writing, or cuts it off, is
/// held back until its bytes have been copied to where they are mapped.
///
/// Deleting the file or renaming another one onto it leaves the mapped one as it is, and asks for nothing.
final class FileLease: Sendable {
    let descriptor: Int32
    private let path: String
    private let base: UInt
    private let count: Int
    private let pace: WorkPace?
    private let state = Mutex(State())

    private struct State {
        var isHeld = true
        /// Whether some of the memory may have been replaced by copies, which can't be read again from the file.
        var hasCopies = false
    }

    /// Bytes that are copied at a time.
    private static let chunk = 4 << 20
    /// Bytes that can surely be copied each second.
    private static let copiedPerSecond = 64 << 20

    /// Asks the system for the promise. False if it can't be had: files of other users, files that are open for writing,
    /// file systems that others can change without this system's knowledge, files too large to be copied in time.
    static func take(_ descriptor: Int32, count: Int) -> Bool {
        guard count <= breakSeconds * copiedPerSecond, isSafeFileSystem(descriptor) else { return false }
        return cplatform_take_read_lease(descriptor, LeaseWatch.shared.thread) == 0
    }

    /// Keeps the lease that `descriptor` has got, which stays open as long as this object, for `count` bytes mapped at
    /// `base`.
    init(_ descriptor: Int32, base: UnsafeRawPointer, count: Int, path: String, pace: WorkPace?) {
        self.descriptor = descriptor
        self.base = UInt(bitPattern: base)
        self.count = count
        self.path = path
        self.pace = pace
        LeaseWatch.shared.add(self)
    }

    /// False if somebody waits for the lease to be given back, or it has been.
    var isUnbroken: Bool { state.withLock { $0.isHeld && cplatform_has_unbroken_lease(descriptor) != 0 } }

    /// Gives the lease back; nothing is copied after it. To be called before the memory is unmapped.
    func end() {
        LeaseWatch.shared.remove(self)
        state.withLock { state in
            if state.isHeld { cplatform_give_lease_back(descriptor) }
            state.isHeld = false
        }
    }

    /// Lets the system have the memory of mapped pages, as long as the file holds what they hold.
    func giveBackMemory(_ base: UnsafeMutableRawPointer, _ count: Int) {
        state.withLock { state in
            guard state.isHeld, !state.hasCopies else { return }
            madvise(base, count, MADV_DONTNEED)
        }
    }

    /// Puts copies of the bytes in the place of the mapped ones, unnoticed by those who read them, and ends the lease.
    func copyAndGiveBack() {
        do throws(Status) {
            var position = 0
            while position < count {
                let size = min(FileLease.chunk, count - position)
                guard try copyIfHeld(position, size) else { return }
                position += size
            }
        } catch {
            // The system makes whoever waits go on in the end, after which the missing bytes are those of the changed file.
            Log.error("\(path) is being changed in place, and could not be copied into memory first: \(error)")
            return
        }
        Log.warning("\(path) is being changed in place; the loaded version keeps a copy of its \(count) bytes")
        end()
    }

    private func copyIfHeld(_ position: Int, _ size: Int) throws(Status) -> Bool {
        var failure: Status?
        let isHeld = state.withLock { state in
            guard state.isHeld else { return false }
            state.hasCopies = true
            do throws(Status) { try copy(position, size) } catch { failure = error }
            return true
        }
        if let failure { throw failure }
        return isHeld
    }

    private func copy(_ position: Int, _ size: Int) throws(Status) {
        let work = { () throws(Status) in
            let memory = try AnonymousMemory.allocate(size, for: self.path)
            do throws(Status) {
                try AnonymousMemory.read(self.descriptor, at: position, size, into: memory, self.path)
            } catch {
                munmap(memory, size)
                throw error
            }
            mprotect(memory, size, PROT_READ)
            let target = UnsafeMutableRawPointer(bitPattern: self.base + UInt(position))!
            if cplatform_move_pages(memory, target, size) != 0 {
                munmap(memory, size)
                throw .resourceExhausted("its copy could not be put in place: \(String(cString: strerror(errno)))")
            }
        }
        if let pace { try pace.step(work) } else { try work() }
    }

    // MARK: - Where leases hold

    /// How long the system holds others back; 0 if it does not tell.
    private static let breakSeconds: Int = {
        guard let file = fopen("/proc/sys/fs/lease-break-time", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 32)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        return max(0, min(Int(atoi(text)), 3600))
    }()

    /// The magic numbers of file systems that change only through this system, and know leases.
    private static let safeFileSystems: Set<UInt32> = [
        0xef53,  // ext2, ext3, ext4
        0x5846_5342,  // XFS
        0x9123_683e,  // Btrfs
        0x0102_1994,  // tmpfs
        0xf2f5_2010,  // F2FS
    ]

    private static func isSafeFileSystem(_ descriptor: Int32) -> Bool {
        safeFileSystems.contains(cplatform_file_system(descriptor))
    }
}
