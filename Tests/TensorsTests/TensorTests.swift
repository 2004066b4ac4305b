import Tensors
import Testing

@Suite struct TensorTests {
    @Test func shapesFromOutsideAreChecked() {
        #expect(TensorShape(validating: [2, 3])?.elementCount == 6)
        #expect(TensorShape(validating: [-1]) == nil)
        #expect(TensorShape(validating: [1 << 32, 1 << 32]) == nil)
        #expect(TensorShape(validating: [1 << 32, 1 << 32, 0]) == nil)
        #expect(TensorShape(validating: Array(repeating: 1, count: 13)) == nil)
        #expect(TensorShape().elementCount == 1)
    }

    @Test func shapesArePrintedLikeTensorFlows() {
        #expect(TensorShape([2, 3]).description == "[2,3]")
        #expect(TensorShape().description == "[]")
        #expect(PartialShape([-1, 28]).description == "[?,28]")
        #expect(PartialShape.unknown.description == "<unknown>")
    }

    @Test func tensorTooLargeForMemoryIsRefused() {
        #expect(Tensor(allocating: .double, shape: TensorShape([1 << 61])) == nil)
    }

    @Test func stringsKeepTheirBytes() {
        let tensor = Tensor(strings: [[0, 255], [], Array("né".utf8)], shape: [3])
        #expect(tensor.strings == [[0, 255], [], Array("né".utf8)])
        let copy = tensor.reshaped(to: [3, 1])
        #expect(copy.texts[2] == "né")
    }

    @Test func attachmentsKeepStringsAlive() {
        func copy() -> Tensor {
            let source = Tensor(texts: ["left", "right"], shape: [2])
            let target = Tensor(allocating: .string, shape: [1])!
            target.elements(ElementReference.self)[0] = source.elements(ElementReference.self)[1]
            target.buffer.attachContents(of: source.buffer)
            return target
        }
        #expect(copy().texts == ["right"])
    }

    @Test func objectsAreFoundByTheirType() {
        final class Box {}
        let box = Box()
        let tensor = Tensor(object: box, dataType: .resource)
        #expect(tensor.object(as: Box.self) === box)
        #expect(tensor.object(as: StringHeap.self) == nil)
        #expect(Tensor(scalar: 1 as Float).object(as: Box.self) == nil)
    }

    @Test func shapesWhoseSizesMultiplyBeyondAnyMemoryAreRefused() {
        #expect(TensorShape(validating: [1 << 20, 1 << 20]) != nil)
        #expect(TensorShape(validating: [1 << 40, 1 << 40]) == nil)
        #expect(TensorShape(validating: [0, 1 << 40, 1 << 40]) == nil)
        #expect(TensorShape(validating: [0, .max]) == nil)
        #expect(TensorShape(validating: [1 << 40]) != nil)
        #expect(TensorShape(validating: [1 << 40, 0]) == nil)
        #expect(TensorShape(validating: [1 << 20, 0, 1 << 10]) != nil)
        #expect(TensorShape(validating: [0, 0, 3]) != nil)
    }

    @Test func ranksThatNoTensorHasAreNotKnown() {
        #expect(PartialShape.unknown(rank: 2).dimensions == [-1, -1])
        #expect(PartialShape.unknown(rank: Int(Int32.max)).rank == nil)
        #expect(PartialShape.unknown(rank: -1).rank == nil)
    }
}
