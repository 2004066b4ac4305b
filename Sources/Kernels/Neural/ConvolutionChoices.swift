import Graphs
import ServingCore
import Tensors

/// Which way each convolution of a program is computed, chosen with all of them in view: as fast as the memory allows that their
/// weights may take.
public struct ConvolutionChoices {
    /// Weights may take this share of all constants of the program beyond what they take as they are.
    static let extraShare = 0.2
    /// So much they may take in any case: little beside what every process takes.
    static let freeBytes = 4 << 20
    /// Taken for the height and the width of a picture that may have any.
    private static let usualSize = 28

    /// `constructions`, those of all kernels of a program, with a choice where a convolution leaves one.
    public static func made(for constructions: [KernelConstruction]) -> [KernelConstruction] {
        made(for: constructions, .current)
    }

    static func made(
        for constructions: [KernelConstruction], _ speeds: @autoclosure () -> ConvolutionSpeeds,
        freeBytes: Int = ConvolutionChoices.freeBytes
    ) -> [KernelConstruction] {
        let candidates = constructions.indices.compactMap { Candidate(constructions[$0], at: $0) }
        guard !candidates.isEmpty else { return constructions }
        let speeds = speeds()
        let layouts = PackedWeights.shared.layouts(of: candidates.map(\.filter))
        let options = zip(candidates, layouts).map { $0.options(speeds, packedAs: $1) }
        let limit = max(Int(Double(constantBytes(constructions)) * extraShare), freeBytes)
        var result = constructions
        for (number, choice) in ConvolutionBudget.choices(options, limit: limit).enumerated() {
            result[candidates[number].position].convolution = options[number][choice].algorithm
        }
        return result
    }

    /// What the constants take that nodes read, those that share their memory counted once.
    private static func constantBytes(_ constructions: [KernelConstruction]) -> Int {
        var seen: Set<ObjectIdentifier> = []
        var sum = 0
        for construction in constructions {
            for input in construction.facts.inputs {
                guard let constant = input.constant, seen.insert(ObjectIdentifier(constant.buffer)).inserted else {
                    continue
                }
                sum &+= constant.byteCount
            }
        }
        return sum
    }

    /// A convolution that more than one algorithm can compute.
    private struct Candidate {
        /// Of its construction.
        let position: Int
        let filter: ConstantWeights
        let work: ConvolutionWork

        /// Nil for all other nodes.
        init?(_ construction: KernelConstruction, at position: Int) {
            let facts = construction.facts
            guard ["Conv2D", "FusedConv2D"].contains(facts.node.op),
                let groups = (try? PackedConvolutionKernel.groups(facts)).flatMap({ $0 }),
                let attributes = try? WindowAttributes(construction, spatialRank: 2),
                let filter = (try? PackedConvolutionKernel.weights(construction)).flatMap({ $0 }),
                WinogradConvolution.supports(filter: filter.tensor.shape, attributes, groups: groups)
            else { return nil }
            let shape = filter.tensor.shape
            let sizes = attributes.inferredSizes(
                facts.inputs[0].shape, windows: [shape[0], shape[1]], channels: shape[3])
            self.position = position
            self.filter = filter
            var work = ConvolutionWork(
                filter: shape, batch: sizes[0] > 0 ? sizes[0] : 1, height: sizes[1] > 0 ? sizes[1] : usualSize,
                width: sizes[2] > 0 ? sizes[2] : usualSize)
            work.precision = construction.precision(ofWeights: shape.elementCount)
            self.work = work
        }

        /// - Parameter layouts: in which the filter lies in memory already. One of them is used rather than a further one.
        func options(_ speeds: ConvolutionSpeeds, packedAs layouts: Set<String>) -> [ConvolutionBudget.Option] {
            let all = work.options(ConvolutionAlgorithm.allCases, speeds)
            let present = all.filter { layouts.contains(layout(of: $0.algorithm)) }
            return present.min { $0.nanoseconds < $1.nanoseconds }.map { [$0] } ?? all
        }

        private func layout(of algorithm: ConvolutionAlgorithm) -> String {
            switch algorithm {
            case .direct:
                PackedMatrix.layoutName(DirectConvolution.layoutName(filter, groups: 1), in: work.precision)
            case .winograd(let tile): WinogradConvolution.layoutName(filter, tile)
            }
        }
    }
}
