import CServingProtos
import ServingProtos
import Testing

@testable import Services

@Suite struct DeclaredElementsTests {
    /// The elements that a shape of `sizes` declares, as far as a request may be quick.
    private func declared(_ sizes: [Int64]) throws -> Int {
        var writer = WireWriter()
        for size in sizes {
            var dimension = WireWriter()
            dimension.append(field: 1, integer: size)
            writer.append(field: 2, message: dimension.bytes)
        }
        let shape = try Message<Tensorflow__TensorShapeProto>(unpacking: writer.bytes)
        return shape.read { Prediction.declaredElements($0, limit: 1000) }
    }

    @Test func declaredElementsAreCountedUpToTheLimit() throws {
        #expect(Prediction.declaredElements(nil, limit: 1000) == 1)
        #expect(try declared([]) == 1)
        #expect(try declared([3, 5]) == 15)
        #expect(try declared([3, 0, 5]) == 0)
        #expect(try declared([-1, 5]) == 0)
        #expect(try declared([1000]) == 1000)
        #expect(try declared([.max, .max]) == 1000)
        #expect(try declared([.max, .max, 0]) == 0)
    }
}
