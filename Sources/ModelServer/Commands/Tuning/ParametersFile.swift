import Batching

/// A file for `--batching_parameters_file`.
struct ParametersFile {
    let parameters: BatchingParameters
    /// What stands above it, a line each or several.
    let comments: [String]

    /// Its text; ASCII, with lines of up to 110 characters where words allow it.
    var text: String {
        var text = ""
        for comment in comments {
            for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
                for part in ParametersFile.wrapped(String(line), width: 108) {
                    text += part.isEmpty ? "#\n" : "# \(ParametersFile.plain(part))\n"
                }
            }
        }
        var lines = [
            "max_batch_size { value: \(parameters.maximumBatchSize) }",
            "batch_timeout_micros { value: \(parameters.batchTimeoutMicroseconds) }",
            "max_enqueued_batches { value: \(parameters.maximumEnqueuedBatches) }",
        ]
        if let threads = parameters.batchThreads { lines.append("num_batch_threads { value: \(threads) }") }
        if parameters.splitsLargeBatches { lines.append("enable_large_batch_splitting { value: true }") }
        if let size = parameters.maximumExecutionBatchSize {
            lines.append("max_execution_batch_size { value: \(size) }")
        }
        lines += parameters.allowedBatchSizes.map { "allowed_batch_sizes: \($0)" }
        return text + lines.map { $0 + "\n" }.joined()
    }

    /// `text` in lines of at most `width` characters, if no word is longer; a number stays beside its unit.
    static func wrapped(_ text: String, width: Int) -> [String] {
        guard text.count > width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in words(text) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }

    /// The words of `text`; a number and its unit are one.
    private static func words(_ text: String) -> [String] {
        let units = ["ns", "µs", "us", "ms", "s", "rows", "row", "times", "%"]
        var words: [String] = []
        for word in text.split(separator: " ") {
            if let last = words.last, last.last?.isNumber == true, units.contains(word.filter { !",.;:)".contains($0) })
            {
                words[words.count - 1] += " " + word
            } else {
                words.append(String(word))
            }
        }
        return words
    }

    /// Names of folders may hold anything; here a line must stay a line.
    private static func plain(_ text: String) -> String {
        Terminal.ascii(String(text.map { $0.isASCII && ($0.asciiValue ?? 0) < 0x20 || $0 == "\u{7f}" ? "?" : $0 }))
    }
}
