import Threading

/// Random numbers for ids and samples: not secret, different in every thread and process, and without a system call.
final class RandomNumbers: Sendable {
    private final class Source {
        var state = SystemRandomNumberGenerator().seed
    }

    private let sources = ThreadLocal { Source() }

    init() {}

    func next() -> UInt64 {
        let source = sources.value
        source.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = source.state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// Not zero.
    func nextID() -> UInt64 { max(1, next()) }

    /// From 0 up to, but not including, 1.
    func nextShare() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension SystemRandomNumberGenerator {
    fileprivate var seed: UInt64 {
        var generator = self
        return generator.next()
    }
}
