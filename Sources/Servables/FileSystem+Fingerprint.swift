import ServingCore

extension FileSystem {
    /// A number made of the names, sizes and change times of everything below `directory`; nil if it cannot be read.
    ///
    /// Looks at no more than `limit` files and 16 levels, so that a link that leads back up cannot hold it.
    public func fingerprint(of directory: String, limit: Int = 10_000) -> UInt64? {
        var hash = FNV1a()
        var budget = limit
        guard add(directory, to: &hash, depth: 0, budget: &budget) else { return nil }
        return hash.value
    }

    private func add(_ directory: String, to hash: inout FNV1a, depth: Int, budget: inout Int) -> Bool {
        guard let names = try? children(of: directory) else { return false }
        for name in names.sorted() {
            guard budget > 0 else { return true }
            budget -= 1
            hash.add(name)
            let path = "\(directory)/\(name)"
            guard let facts = try? facts(of: path) else { continue }
            if facts.isDirectory {
                if depth < 16 { _ = add(path, to: &hash, depth: depth + 1, budget: &budget) }
            } else {
                hash.add(UInt64(bitPattern: facts.size))
                hash.add(UInt64(bitPattern: facts.modified))
            }
        }
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
