/// Chooses the algorithms of several convolutions so that their weights stay within a limit.
///
/// Some algorithms keep weights in a form that takes more memory than the filter. What may be taken goes first to where each byte
/// saves the most time.
struct ConvolutionBudget {
    /// One way to compute a convolution.
    struct Option: Equatable {
        var algorithm: ConvolutionAlgorithm
        /// Estimated, on one thread.
        var nanoseconds: Double
        /// What its weights take beyond those of the first option.
        var extraBytes: Int
    }

    /// A change from one option of a convolution to another, which is faster and takes more memory.
    private struct Step {
        let convolution: Int
        let old: Int
        let new: Int
        let bytes: Int
        /// Nanoseconds saved for each byte.
        let gain: Double
    }

    /// For each convolution the number of the chosen option: the first unless a faster one fits.
    /// - Parameters:
    ///   - options: by convolution, at least one for each.
    ///   - limit: the extra bytes that all may take together.
    static func choices(_ options: [[Option]], limit: Int) -> [Int] {
        var chosen = [Int](repeating: 0, count: options.count)
        var rest = limit
        // Of steps that gain the same, those of earlier convolutions come first.
        let steps = options.indices.flatMap { Self.steps(of: $0, options[$0]) }.enumerated()
            .sorted { ($1.element.gain, $0.offset) < ($0.element.gain, $1.offset) }
        for (_, step) in steps where chosen[step.convolution] == step.old && step.bytes <= rest {
            chosen[step.convolution] = step.new
            rest -= step.bytes
        }
        return chosen
    }

    private static func steps(of convolution: Int, _ options: [Option]) -> [Step] {
        options.enumerated().flatMap { old, slow in
            options.enumerated().compactMap { new, fast in
                let bytes = fast.extraBytes - slow.extraBytes
                guard bytes > 0, fast.nanoseconds < slow.nanoseconds else { return nil }
                return Step(
                    convolution: convolution, old: old, new: new, bytes: bytes,
                    gain: (slow.nanoseconds - fast.nanoseconds) / Double(bytes))
            }
        }
    }
}
