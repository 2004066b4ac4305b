import Tensors
import Testing

@testable import Batching

struct BatchKeyTests {
    private func key(_ shapes: [TensorShape], type: DataType = .float, pads: Bool = false) -> BatchKey {
        BatchKey(shapes.compactMap { Tensor(allocating: type, shape: $0) }, padsVariableLengths: pads)
    }

    @Test func onlyTheFirstDimensionMayDiffer() {
        #expect(key([[1, 2, 3]]) == key([[9, 2, 3]]))
        #expect(key([[1, 2, 3]]).hashValue == key([[9, 2, 3]]).hashValue)
        #expect(key([[1, 2, 3]]) != key([[1, 2, 4]]))
        #expect(key([[1, 2, 3]]) != key([[1, 2]]))
        #expect(key([[1]]) != key([[1]], type: .int32))
        #expect(key([[1, 2], [1, 3]]) != key([[1, 3], [1, 2]]))
    }

    @Test func paddingAsksForRanksOnly() {
        #expect(key([[1, 2, 3]], pads: true) == key([[9, 5, 0]], pads: true))
        #expect(key([[1, 2, 3]], pads: true) != key([[1, 2]], pads: true))
        #expect(key([[1]], pads: true) != key([[1]], type: .int64, pads: true))
        #expect(key([[1, 1, 1, 1, 1, 1, 2]], pads: true) != key([[1, 1, 1, 1, 1, 1, 3]], pads: true))
    }

    @Test func manyInputsAreComparedCompletely() {
        let shapes = [TensorShape](repeating: [1, 2, 3], count: 40)
        var others = shapes
        others[39] = [1, 2, 4]
        #expect(key(shapes) == key(shapes))
        #expect(key(shapes) != key(others))
        #expect(key(shapes) != key(Array(shapes.dropLast())))
        #expect(key(Array(repeating: [1], count: 16)) != key(Array(repeating: [1], count: 17)))
    }
}
