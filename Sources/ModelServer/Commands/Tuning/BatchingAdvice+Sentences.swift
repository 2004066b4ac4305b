import Plots

extension BatchingAdvice {
    /// Whether batching shall be switched on for the model's own sake.
    var pays: Bool { verdict == .pays && refusal == nil }

    /// The verdict in a sentence or two.
    var verdictSentence: String {
        let base = facts.unbatched ?? facts.measurements[0]
        let rates = "\(Readable.rate(best.throughput)) instead of \(Readable.rate(base.throughput)) rows/s"
        let ofRequests = "With what it takes to receive and answer requests of one row it is about "
        switch verdict {
        case .pays:
            var text =
                "Batching pays: \(times(gain)) the throughput at \(Readable.counted(best.rows, "row")) (\(rates))."
            if gainOfRequests < gain * 0.9 { text += " \(ofRequests)\(times(gainOfRequests))." }
            if chosen.rows < best.rows {
                text +=
                    " Batches of \(Readable.counted(chosen.rows, "row")) bring nearly as much request by request, and each is "
                    + "answered sooner."
            }
            return text
        case .gainsLittle:
            return "Batching gains less than 10 % (\(littleGain)): leave it off for this model."
        case .tooFastToMatter:
            return
                "Batching gains little: one row takes \(Readable.duration(base.median)), less than it takes to receive "
                + "and answer a request. Runs alone would get \(times(gain)) the throughput, whole requests about "
                + "\(times(gainOfRequests)): leave it off for this model."
        case .unclear:
            let noise = NumberText.significant(max(best.noise, base.noise) * 100, digits: 2)
            return
                "Batching may gain \(times(gain)) the throughput (\(rates)), but measurements of the same "
                + "size differ by \(noise) %: measure longer (--seconds), or when the machine does nothing else."
        case .unknown:
            return
                "There was time to measure one row only, so nothing can be said about batches: give it more by --seconds."
        }
    }

    /// Why there are no parameters; nil if there are.
    var refusalSentence: String? {
        guard let refusal, let goal = facts.goal.map(Readable.duration) else { return nil }
        let runs = "\(Readable.counted(facts.threads, "run")) at a time"
        switch refusal {
        case .runTooSlow(let p99):
            return "The goal of \(goal) cannot be met: one row alone takes \(Readable.duration(p99)) (p99, \(runs))."
        case .waitTooLong(let p99):
            return
                "The goal of \(goal) cannot be met under load: one row takes \(Readable.duration(p99)) (p99, \(runs)), and "
                + "a request that finds all threads busy waits as long before: "
                + "\(Readable.duration(p99.multipliedReportingOverflow(by: 2).partialValue)) in all."
        }
    }

    /// What can be tried when there are no parameters.
    var refusalAdvice: String? {
        guard refusal != nil, facts.threads > 1 else { return nil }
        return "With --threads=1 batches run one after the other, each with the help of all processors."
    }

    /// What the parameters mean for a request.
    var boundSentences: [String] {
        guard refusal == nil else { return [] }
        let run = Readable.duration(longestRun)
        var sentences = [
            "A request that finds all threads busy waits for a batch (at most \(run)) and runs in the next (\(run)): "
                + "\(Readable.duration(boundWhenBusy))"
                + (facts.goal.map { " of the \(Readable.duration($0)) of the goal" } ?? "")
                + "; the last one that a full queue takes has its answer after \(Readable.duration(boundWhenFull)). "
                + "This counts runs (p99) of this model alone, and neither the network nor other models."
        ]
        if parameters.splitsLargeBatches {
            sentences.append(
                "Requests of more than \(Readable.counted(chosen.rows, "row")) run in parts; those of more than "
                    + "\(Readable.count(Int(parameters.maximumBatchSize))) rows are refused.")
        } else {
            sentences.append("Requests of more than \(Readable.counted(chosen.rows, "row")) are refused.")
        }
        if paddingHelps {
            sentences.append(
                "Sizes between powers of two take longer than the next power, so batches are filled up to one.")
        }
        return sentences
    }

    /// The cost of a batch in a sentence; nil if it is not known.
    var costSentence: String? {
        guard let line else { return nil }
        let row = Readable.duration(UInt64(line.perRow))
        guard line.fixed >= 1 else {
            return "A batch takes \(row) for each row, and nothing besides that sharing could save."
        }
        return "A batch takes about \(Readable.duration(UInt64(line.fixed))), and \(row) for each row."
    }

    private var littleGain: String {
        guard facts.measurements.count > 1 else { return "the goal allows no batch of two rows" }
        guard best.rows > 1 else { return "no larger batch is faster row by row" }
        return "at most \(times(gain)) the throughput, at \(Readable.counted(best.rows, "row"))"
    }

    private func times(_ factor: Double) -> String { "\(NumberText.significant(factor, digits: 2)) times" }
}
