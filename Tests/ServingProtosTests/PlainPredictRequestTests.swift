import CServingProtos
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import ServingProtos

/// An encoded field with this content.
private func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    writer.append(field: number, message: content)
    return writer.bytes
}

private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

private func input(_ key: String, _ tensor: [UInt8]) -> [UInt8] { field(2, field(1, text(key)) + field(2, tensor)) }

private let spec = field(1, field(1, text("half_plus_two")) + field(3, text("serving_default")))

/// The tensors whose encodings stand in the fixtures, and some in the forms that clients use most.
private let tensors: [[UInt8]] = {
    let floats = Tensor([1, -2.5, 3, 0] as [Float], shape: [2, 2])
    let longs = Tensor([7, -1] as [Int64])
    let doubles = Tensor(scalar: 0.25)
    let plain = [floats, longs, doubles, Tensor([] as [Float], shape: [0, 3])].flatMap { tensor in
        [TensorForm.typedField, .content].map { form in
            guard let bytes = try? tensor.encoded(form: form) else { preconditionFailure("an encodable tensor") }
            return bytes
        }
    }
    return plain + Fixtures.rows("tensors.txt").map { Fixtures.bytes(hex: $0[1]) }
}()

/// Keeps bytes at a place.
private final class Kept {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ content: [UInt8]) {
        bytes = .allocate(byteCount: max(content.count, 1), alignment: 16)
        bytes.copyBytes(from: content)
    }

    deinit { bytes.deallocate() }
}

/// What two tensors must share; strings are not plain.
private func areSame(_ a: Tensor, _ b: Tensor) -> Bool {
    a.dataType == b.dataType && a.shape == b.shape && a.bytes.elementsEqual(b.bytes)
}

/// Compares what is plain of `bytes` with the unpacked message; returns the number of tensors that were compared.
private func compare(_ bytes: [UInt8], keys: [String]) -> Int {
    let kept = Kept(bytes)
    let request = UnsafeRawBufferPointer(start: kept.bytes.baseAddress, count: bytes.count)
    guard let plain = PlainPredictRequest(request) else { return 0 }
    // What the caller has to know.
    let head = field(1, Array(plain.modelSpec)) + Array(plain.outputFilter)
    guard let known = try? Message<Tensorflow__Serving__PredictRequest>(unpacking: head) else { return 0 }
    var values: [(String, TensorSource)] = []
    for key in keys {
        guard let value = Array(key.utf8).withUnsafeBytes({ plain.value(of: $0) }),
            let source = TensorSource(plain: value, byteLimit: 1 << 20, owner: kept)
        else { continue }
        values.append((key, source))
    }
    guard values.count == plain.inputCount else { return 0 }
    guard let message = try? Message<Tensorflow__Serving__PredictRequest>(unpacking: bytes) else {
        Issue.record("plain, but cannot be unpacked: \(bytes)")
        return 0
    }
    message.read { request in
        let knownSpec = known.read { ProtoPacking.packed($0.pointee.model_spec!) }
        #expect(knownSpec == ProtoPacking.packed(request.pointee.model_spec!))
        let filter = Repeated.strings(request.pointee.output_filter, request.pointee.n_output_filter)
        #expect(known.read { Repeated.strings($0.pointee.output_filter, $0.pointee.n_output_filter) } == filter)
        let entries = Repeated.messages(request.pointee.inputs, request.pointee.n_inputs)
        #expect(entries.count == values.count)
        #expect(Set(entries.map { String(proto: $0.pointee.key) }) == Set(values.map(\.0)))
        for (key, source) in values {
            guard let value = entries.first(where: { String(proto: $0.pointee.key) == key })?.pointee.value,
                let expected = try? Tensor(decoding: UnsafePointer(value), byteLimit: 1 << 20, owner: message.arena),
                let tensor = try? source.tensor()
            else {
                Issue.record("plain, but cannot be decoded: \(bytes)")
                continue
            }
            #expect(areSame(tensor, expected), "\(bytes)")
        }
    }
    return values.count
}

@Test func plainRequestsMeanTheSameUnpacked() {
    var compared = 0
    for tensor in tensors {
        for filter in [[], field(3, text("y")), field(3, text("y")) + field(3, text("z"))] {
            compared += compare(spec + input("x", tensor) + filter, keys: ["x"])
            compared += compare(filter + input("x", tensor) + spec + input("é", tensor), keys: ["x", "é"])
        }
    }
    #expect(compared > 6 * 9)
}

@Test func changedRequestsThatArePlainMeanTheSameUnpacked() {
    var noise = Noise(state: 11)
    var compared = 0
    for _ in 0..<10_000 {
        let first = tensors.randomElement(using: &noise)!
        let second = tensors.randomElement(using: &noise)!
        let filter = field(3, text("y"))
        let seed = spec + input("x", first) + (Bool.random(using: &noise) ? input("z", second) : []) + filter
        compared += compare(mutated(seed, &noise), keys: ["x", "z"])
        // All around the tensor stays as it is, so that more get that far.
        compared += compare(spec + input("x", mutated(first, &noise)) + filter, keys: ["x"])
    }
    // Enough changes keep a message plain.
    #expect(compared > 300)
}

@Test func unusualRequestsAreNotPlain() {
    func isPlain(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            if PlainPredictRequest(buffer) != nil { true } else { false }
        }
    }
    let x = input("x", tensors[0])
    #expect(isPlain(spec + x))
    #expect(isPlain(spec))
    #expect(!isPlain([]))
    #expect(!isPlain(x))
    #expect(!isPlain(spec + spec + x))
    #expect(!isPlain(spec + x + [0x20, 1]))
    #expect(!isPlain(spec + x + [0x1b, 0x1c]))
    #expect(!isPlain(spec + field(3, text("y")) + x + field(3, text("z"))))
    #expect(!isPlain(spec + field(2, field(2, tensors[0]) + field(1, text("x")))))
    #expect(!isPlain(spec + field(2, field(1, text("x")))))
    #expect(!isPlain(spec + (0..<17).flatMap { input("x\($0)", tensors[0]) }))
    #expect(isPlain(spec + (0..<16).flatMap { input("x\($0)", tensors[0]) }))
    // A length with a needless byte.
    #expect(!isPlain([0x0a, UInt8(spec.count - 2) | 0x80, 0] + spec.dropFirst(2) + x))
    for count in 0..<(spec + x).count where count != spec.count { #expect(!isPlain(Array((spec + x)[..<count]))) }
}

@Test func aKeyThatIsGivenTwiceHasNoPlainValue() {
    let bytes = spec + input("x", tensors[0]) + input("x", tensors[1])
    bytes.withUnsafeBytes { buffer in
        if let plain = PlainPredictRequest(buffer) {
            #expect(text("x").withUnsafeBytes { plain.value(of: $0) } == nil)
        } else {
            Issue.record("not plain")
        }
    }
}
