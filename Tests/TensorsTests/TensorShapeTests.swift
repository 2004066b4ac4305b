import Tensors
import Testing

@Suite struct TensorShapeTests {
    @Test func sizesOfAnyOriginAreChecked() {
        #expect(TensorShape(validating: [2, 0, 3]) == [2, 0, 3])
        #expect(TensorShape(validating: [-1]) == nil)
        #expect(TensorShape(validating: [Int](repeating: 1, count: 13)) == nil)
        #expect(TensorShape(validating: [1 << 40, 1 << 40]) == nil)
    }

    @Test func sizesAreInsertedAndRemovedAnywhere() {
        let shape: TensorShape = [2, 3, 4]
        #expect(shape.inserting(9, at: 0) == [9, 2, 3, 4])
        #expect(shape.inserting(9, at: 2) == [2, 3, 9, 4])
        #expect(shape.inserting(9, at: 3) == [2, 3, 4, 9])
        #expect(TensorShape().inserting(9, at: 0) == [9])
        #expect(TensorShape([Int](repeating: 1, count: 12)).inserting(9, at: 0) == nil)
        #expect(shape.removing(at: 0) == [3, 4])
        #expect(shape.removing(at: 1) == [2, 4])
        #expect(shape.removing(at: 2) == [2, 3])
        #expect(([7] as TensorShape).removing(at: 0) == [])
    }

    @Test func zeroHidesNoOverflow() {
        #expect(TensorShape(validating: [1 << 62, 4, 0]) == nil)
        #expect(TensorShape(validating: [0, 1 << 60]) == nil)
        #expect(TensorShape(validating: [0, 1 << 30]) == [0, 1 << 30])
    }
}
