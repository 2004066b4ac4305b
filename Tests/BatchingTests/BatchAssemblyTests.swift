import ServingCore
import TestSupport
import Tensors
import Testing

@testable import Batching

struct BatchAssemblyTests {
    private func assemble(
        _ requests: [[Tensor]], allowedSizes: [Int64] = [], byteLimit: Int = .max
    ) throws -> BatchAssembly {
        let answers = Answers()
        let pieces = try requests.map { BatchPiece(try answers.request(0, $0)) }
        return BatchAssembly(pieces, allowedSizes: allowedSizes, byteLimit: byteLimit)
    }

    @Test func rowsOfAllPiecesFollowEachOther() throws {
        let assembly = try assemble([
            [Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), Tensor(texts: ["a", "b"], shape: [2])],
            [Tensor([5, 6] as [Float], shape: [1, 2]), Tensor(texts: ["c"], shape: [1])],
        ])
        let tensors = try assembly.tensors()
        #expect(assembly.rows == 3 && assembly.paddedRows == 3)
        #expect(tensors[0].shape == [3, 2] && tensors[0].array(Float.self) == [1, 2, 3, 4, 5, 6])
        #expect(tensors[1].texts == ["a", "b", "c"])
        #expect(assembly.byteCount == 24 + 48)
    }

    @Test func rowsArePaddedWithTheFirstRowOfTheLastPiece() throws {
        let requests = [[Tensor([1, 2] as [Int32])], [Tensor([3, 4, 5] as [Int32])]]
        let padded = try assemble(requests, allowedSizes: [2, 4, 8])
        #expect(padded.rows == 5 && padded.paddedRows == 8)
        #expect(try padded.tensors()[0].array(Int32.self) == [1, 2, 3, 4, 5, 3, 3, 3])
        #expect(try assemble(requests, allowedSizes: [5, 8]).paddedRows == 5)
        #expect(try assemble(requests, allowedSizes: [2, 4]).paddedRows == 5)
        let texts = try assemble(
            [[Tensor(texts: ["a"], shape: [1, 1])], [Tensor(texts: ["b", "c"], shape: [2, 1])]], allowedSizes: [5])
        #expect(try texts.tensors()[0].texts == ["a", "b", "c", "b", "b"])
        // Padding is given up rather than the batch.
        #expect(try assemble(requests, allowedSizes: [8], byteLimit: 31).paddedRows == 5)
        #expect(try assemble([[Tensor([Float]())]], allowedSizes: [8]).paddedRows == 0)
    }

    @Test func lengthsArePaddedWithTheTensorsOwnFirstElement() throws {
        let assembly = try assemble([
            [Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])], [Tensor([5, 6, 7] as [Float], shape: [1, 3])],
            [Tensor([8, 9] as [Float], shape: [2, 1])],
        ])
        let tensor = try assembly.tensors()[0]
        #expect(tensor.shape == [5, 3])
        #expect(tensor.array(Float.self) == [1, 2, 1, 3, 4, 1, 5, 6, 7, 8, 8, 8, 9, 8, 8])
        let texts = try assemble([
            [Tensor(texts: ["a", "b"], shape: [1, 2, 1])], [Tensor(texts: ["c", "d"], shape: [1, 1, 2])],
        ])
        #expect(try texts.tensors()[0].shape == [2, 2, 2])
        #expect(try texts.tensors()[0].texts == ["a", "a", "b", "a", "c", "d", "c", "c"])
    }

    @Test func lengthsAndRowsArePaddedTogether() throws {
        let assembly = try assemble(
            [[Tensor([1, 2] as [Int64], shape: [1, 2])], [Tensor([3] as [Int64], shape: [1, 1])]], allowedSizes: [4])
        #expect(try assembly.tensors()[0].array(Int64.self) == [1, 2, 3, 3, 3, 3, 3, 3])
    }

    /// Against an own reading of the rule: an element outside of a tensor is its first.
    @Test func randomTensorsArePaddedElementByElement() throws {
        var noise = Noise(state: 31)
        for _ in 0..<300 {
            let rank = Int.random(in: 1...6, using: &noise)
            let type = [DataType.uint8, .half, .float, .double, .complex128].randomElement(using: &noise)!
            let tensors = (0..<Int.random(in: 1...4, using: &noise)).map { _ in
                Tensor.random(type, TensorShape((0..<rank).map { _ in Int.random(in: 1...3, using: &noise) }), &noise)
            }
            let merged = try assemble(tensors.map { [$0] }).tensors()[0]
            var expected: [UInt8] = []
            for tensor in tensors {
                for position in positions(in: merged.shape, rows: tensor.shape[0]) {
                    let isInside = (0..<rank).allSatisfy { position[$0] < tensor.shape[$0] }
                    let element = isInside ? zip(position, tensor.shape.strides).reduce(0) { $0 + $1.0 * $1.1 } : 0
                    expected += tensor.bytes[element * type.byteCount..<(element + 1) * type.byteCount]
                }
            }
            #expect(Array(merged.bytes) == expected)
        }
    }

    private func positions(in shape: TensorShape, rows: Int) -> [[Int]] {
        (0..<shape.rank).reduce([[]]) { known, dimension in
            known.flatMap { start in (0..<(dimension == 0 ? rows : shape[dimension])).map { start + [$0] } }
        }
    }

    @Test func whatCannotBePaddedIsRefused() throws {
        let empty = Status.invalidArgument("Got empty tensor in batch of non-empty tensors.")
        #expect(throws: empty) {
            try assemble([[Tensor([Float](), shape: [1, 0])], [Tensor([1 as Float], shape: [1, 1])]]).tensors()
        }
        let wide: TensorShape = [1, 1, 1, 1, 1, 1, 2]
        let narrow: TensorShape = [1, 1, 1, 1, 1, 1, 1]
        #expect(throws: Status.invalidArgument("Only tensors with rank from 1 to 6 can be padded.")) {
            try assemble([[Tensor([1, 2] as [Float], shape: wide)], [Tensor([1] as [Float], shape: narrow)]]).tensors()
        }
    }

    @Test func sizesThatOverflowAreSeenBeforehand() throws {
        // Without elements by themselves, but not when their sizes come together.
        let requests = [
            [Tensor([Float](), shape: [1, 1 << 30, 0, 1])], [Tensor([Float](), shape: [1, 0, 1 << 30, 1 << 10])],
        ]
        let assembly = try assemble(requests)
        #expect(assembly.byteCount == .max)
        #expect(throws: Status.self) { try assembly.tensors() }
    }
}
