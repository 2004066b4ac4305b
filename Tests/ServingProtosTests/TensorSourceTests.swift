import CServingProtos
import ServingCore
import TestSupport
import Tensors
import Testing

@testable import ServingProtos

private typealias TensorMessage = Message<Tensorflow__TensorProto>

/// Values that wait in their messages: `write` gives exactly what `tensor` has in these rows.
struct TensorSourceTests {
    private static let types = DataType.allCases.filter { $0 != .invalid && (!$0.isReference || $0 == .string) }

    /// The elements of some rows, by way of the whole tensor.
    private func rows(_ range: Range<Int>, of tensor: Tensor) -> [[UInt8]] {
        let rowElements = tensor.shape.product(1..<tensor.shape.rank)
        let elements = range.lowerBound * rowElements..<range.upperBound * rowElements
        if tensor.dataType == .string { return Array(tensor.strings[elements]) }
        let size = tensor.dataType.byteCount
        return [Array(tensor.bytes[elements.lowerBound * size..<elements.upperBound * size])]
    }

    /// The same rows, written into the middle of a larger tensor; nothing beside them may change.
    private func written(_ range: Range<Int>, of source: TensorSource) throws -> [[UInt8]] {
        var shape = source.shape
        shape[0] = range.count + 2
        let target = try #require(Tensor(allocating: source.dataType, shape: shape))
        let rowBytes = target.byteCount / shape[0]
        let isString = source.dataType == .string
        if !isString { target.buffer.base.initializeMemory(as: UInt8.self, repeating: 0xa5, count: target.byteCount) }
        source.write(range, to: target.buffer.base + rowBytes, of: target.buffer)
        if !isString {
            #expect(target.bytes[..<rowBytes].allSatisfy { $0 == 0xa5 })
            #expect(target.bytes[(rowBytes * (range.count + 1))...].allSatisfy { $0 == 0xa5 })
        }
        return rows(1..<range.count + 1, of: target)
    }

    /// A tensor in memory that has held something else.
    private func usedMemory(_ type: DataType, _ shape: TensorShape) -> Tensor? {
        let tensor = Tensor(allocating: type, shape: shape)
        if let tensor, type != .string {
            tensor.buffer.base.initializeMemory(as: UInt8.self, repeating: 0xa5, count: tensor.byteCount)
        }
        return tensor
    }

    private func compare(_ message: TensorMessage, _ noise: inout Noise, rounds: Int = 4) throws {
        let source = try TensorSource(checking: message.pointer, byteLimit: 1 << 20, owner: message.arena)
        let copied = try TensorSource(checking: message.pointer, byteLimit: 1 << 20).tensor()
        let tensor = try source.tensor()
        #expect(source.dataType == tensor.dataType && source.shape == tensor.shape)
        #expect(source.byteCount == tensor.byteCount)
        let placed = try source.tensor { usedMemory($0, $1) }
        #expect(tensor.shape == copied.shape && tensor.shape == placed.shape)
        guard tensor.shape.rank > 0 else { return }
        let all = 0..<tensor.shape[0]
        #expect(rows(all, of: tensor) == rows(all, of: copied))
        #expect(rows(all, of: tensor) == rows(all, of: placed))
        #expect(try written(all, of: source) == rows(all, of: tensor))
        for _ in 0..<rounds {
            let start = Int.random(in: 0...all.count, using: &noise)
            let range = start..<Int.random(in: start...all.count, using: &noise)
            #expect(try written(range, of: source) == rows(range, of: tensor), "\(tensor.dataType) \(range)")
        }
    }

    @Test func fewBytesAreCopiedAndManyStayWhereTheyAre() throws {
        for (count, isCopied) in [(1023, true), (1024, false)] {
            let values = (0..<count).map { Float($0) }
            let message = try TensorMessage(encoding: Tensor(values), form: .typedField)
            let source = try TensorSource(checking: message.pointer, byteLimit: 1 << 20, owner: message.arena)
            var asked = 0
            let tensor = try source.tensor { type, shape in
                asked += 1
                return usedMemory(type, shape)
            }
            #expect(asked == (isCopied ? 1 : 0) && tensor.buffer.isWritable == isCopied)
            #expect(tensor.array(Float.self) == values)
            #expect(try source.tensor { _, _ in nil }.array(Float.self) == values)
        }
    }

    @Test func rowsAreWrittenAsTheTensorHasThem() throws {
        var noise = Noise(state: 91)
        for type in TensorSourceTests.types {
            for _ in 0..<60 {
                let rank = Int.random(in: 1...3, using: &noise)
                let shape = TensorShape((0..<rank).map { _ in Int.random(in: 0...4, using: &noise) })
                try compare(try TensorMessage(unpacking: randomMessage(type, shape, &noise)), &noise)
            }
        }
    }

    /// Complete, too short, too long or empty fields, or contents.
    private func randomMessage(_ type: DataType, _ shape: TensorShape, _ noise: inout Noise) -> [UInt8] {
        var count = shape.elementCount
        let form: TensorForm = Bool.random(using: &noise) ? .content : .typedField
        if form == .typedField {
            count = [0, 1, max(1, count / 2), count, count + 3].randomElement(using: &noise)!
        }
        guard var bytes = try? randomTensor(type, count, &noise).encoded(form: form) else { return [] }
        // Behind tag and number of the type.
        let own = TensorShapeBytes.field([count])
        bytes.replaceSubrange(2..<2 + own.count, with: TensorShapeBytes.field(shape))
        return bytes
    }

    private func randomTensor(_ type: DataType, _ count: Int, _ noise: inout Noise) -> Tensor {
        if type == .string {
            let strings = (0..<count).map { _ in
                (0..<Int.random(in: 0...6, using: &noise)).map { _ in UInt8.random(in: 0...255, using: &noise) }
            }
            return Tensor(strings: strings, shape: [count])
        }
        guard let tensor = Tensor(allocating: type, shape: [count]) else { fatalError("no memory") }
        for index in 0..<tensor.byteCount {
            let byte = UInt8.random(in: 0...(type == .bool ? 1 : 255), using: &noise)
            tensor.buffer.base.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        return tensor
    }

    @Test func whatTensorFlowWritesCanBeWrittenInRows() throws {
        var noise = Noise(state: 92)
        for row in Fixtures.rows("tensors.txt") where row[2] != "error" {
            try compare(try TensorMessage(unpacking: Fixtures.bytes(hex: row[1])), &noise, rounds: 8)
        }
    }

    @Test func changedMessagesAreRefusedBeforeTheyAreWritten() throws {
        var noise = Noise(state: 93)
        let seeds = Fixtures.rows("tensors.txt").map { Fixtures.bytes(hex: $0[1]) }
        var accepted = 0
        for _ in 0..<40 {
            for seed in seeds {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...3, using: &noise) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &noise)] = UInt8.random(in: 0...255, using: &noise)
                }
                guard let message = try? TensorMessage(unpacking: bytes) else { continue }
                guard
                    let source = try? TensorSource(checking: message.pointer, byteLimit: 1 << 16, owner: message.arena)
                else { continue }
                accepted += 1
                // A large tensor of few strings takes long to compare.
                if source.shape.elementCount < 1000 { try compare(message, &noise, rounds: 2) }
                #expect(throws: Never.self) { try source.tensor() }
            }
        }
        #expect(accepted > 100)
    }

    @Test func malformedStringContentsAreRefusedAtOnce() throws {
        let message = try TensorMessage(
            unpacking: [0x08, 7] + TensorShapeBytes.field([2]) + [0x22, 3, 1, 1, 0x41])
        #expect(
            throws: Status.invalidArgument("tensor_content: 1 bytes follow the lengths, which add up to 2")
        ) { try TensorSource(checking: message.pointer, byteLimit: 1000, owner: message.arena) }
    }

    @Test func writtenStringsKeepTheirMessageAlive() throws {
        var message: TensorMessage? = try TensorMessage(encoding: Tensor(texts: ["a", "bc", "d"], shape: [3]))
        var source: TensorSource? = try TensorSource(
            checking: message!.pointer, byteLimit: 1000, owner: message!.arena)
        let tensor = try #require(Tensor(allocating: .string, shape: [2]))
        source?.write(1..<3, to: tensor.buffer.base, of: tensor.buffer)
        source = nil
        message = nil
        #expect(tensor.texts == ["bc", "d"])
    }
}

/// Shapes as the field of a `TensorProto`.
private enum TensorShapeBytes {
    static func field(_ shape: TensorShape) -> [UInt8] {
        var dimensions = WireWriter()
        for size in shape.dimensions {
            var dimension = WireWriter()
            dimension.append(field: 1, integer: Int64(size))
            dimensions.append(field: 2, message: dimension.bytes)
        }
        var writer = WireWriter()
        writer.append(field: 2, message: dimensions.bytes)
        return writer.bytes
    }
}
