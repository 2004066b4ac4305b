import CServingProtos
import ServingCore
import Tensors
import TestSupport
import Testing

@testable import ServingProtos

/// `bytes` with a few random changes: flipped bits, replaced, removed and repeated pieces, or cut off.
func mutated(_ bytes: [UInt8], _ noise: inout Noise) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &noise) {
        guard !bytes.isEmpty else { return [UInt8.random(in: 0...255, using: &noise)] }
        let at = Int.random(in: 0..<bytes.count, using: &noise)
        let length = Int.random(in: 0...min(16, bytes.count - at), using: &noise)
        switch Int.random(in: 0..<6, using: &noise) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &noise)
        case 1: bytes[at] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &noise)!
        case 2: bytes.removeSubrange(at..<at + length)
        case 3:
            bytes.insert(contentsOf: Array(bytes[at..<at + length]), at: Int.random(in: 0...bytes.count, using: &noise))
        case 4: bytes.removeSubrange(at...)
        default: bytes[at] = UInt8.random(in: 0...255, using: &noise)
        }
    }
    return bytes
}

/// Unpacks; what passes the check must unpack within its estimate, and must pack and unpack again.
private func tryUnpacking<Proto: ProtoMessage>(_: Proto.Type, _ bytes: [UInt8]) -> Message<Proto>? {
    do throws(Status) {
        let message = try Message<Proto>(unpacking: bytes, failure: .dataLoss)
        #expect(message.arena.blockCount == 1)
        let packed = message.packed()
        #expect(throws: Never.self) { try Message<Proto>(unpacking: packed) }
        return message
    } catch {
        #expect(error.code == .dataLoss || error.code == .resourceExhausted)
        #expect(!error.message.hasSuffix("it cannot be unpacked"), "\(bytes)")
        return nil
    }
}

@Test func changedMessagesAreReadOrRefused() {
    var noise = Noise(state: 1)
    let request = Fixtures.bytes("predict_request.pb")
    let model = Fixtures.bytes("saved_model.pb")
    var read = 0
    for _ in 0..<1500 {
        if tryUnpacking(Tensorflow__Serving__PredictRequest.self, mutated(request, &noise)) != nil { read += 1 }
        _ = tryUnpacking(Tensorflow__SavedModel.self, mutated(model, &noise))
    }
    // Neither everything nor nothing, otherwise the changes test nothing.
    #expect(read > 100 && read < 1400)
}

@Test func noiseIsReadOrRefused() {
    var noise = Noise(state: 2)
    for _ in 0..<3000 {
        let bytes = (0..<Int.random(in: 0...40, using: &noise)).map { _ in UInt8.random(in: 0...255, using: &noise) }
        _ = tryUnpacking(Tensorflow__TensorProto.self, bytes)
        _ = tryUnpacking(Tensorflow__AttrValue.self, bytes)
        _ = tryUnpacking(Tensorflow__Serving__ModelServerConfig.self, bytes)
    }
}

@Test func changedTensorsDecodeOrAreRefused() {
    var noise = Noise(state: 3)
    let seeds = Fixtures.rows("tensors.txt").map { Fixtures.bytes(hex: $0[1]) }
    var decoded = 0
    for _ in 0..<60 {
        for seed in seeds {
            guard let message = tryUnpacking(Tensorflow__TensorProto.self, mutated(seed, &noise)) else { continue }
            for owner in [nil, message.arena] {
                do throws(Status) {
                    let tensor = try Tensor(decoding: message.pointer, byteLimit: 1 << 16, owner: owner)
                    #expect(tensor.byteCount <= 1 << 16)
                    let back = try Message<Tensorflow__TensorProto>(encoding: tensor)
                    let again = try Tensor(decoding: back.pointer, byteLimit: 1 << 17, owner: back.arena)
                    #expect(again.shape == tensor.shape)
                    decoded += 1
                } catch {
                    #expect(error.code == .invalidArgument || error.code == .resourceExhausted)
                }
            }
        }
    }
    #expect(decoded > 100)
}

@Test func changedTextsAreReadOrRefused() {
    var noise = Noise(state: 4)
    let texts = Fixtures.rows("text.txt").map { Fixtures.bytes(hex: $0[1]) }
    let model = Array(Fixtures.bytes("saved_model.pbtxt").prefix(3000))
    var read = 0
    func attempt<Proto: ProtoMessage>(_ type: Proto.Type, _ text: [UInt8]) {
        do throws(Status) {
            let message = try text.withUnsafeBufferPointer { (bytes) throws(Status) in
                try TextFormat.parse(UnsafeRawBufferPointer(bytes), fileName: "f", as: type)
            }
            let packed = message.packed()
            #expect(throws: Never.self) { try Message<Proto>(unpacking: packed, limits: .modelFile) }
            read += 1
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("f: Error parsing text-format tensorflow."))
        }
    }
    for _ in 0..<300 {
        for text in texts {
            let text = mutated(text, &noise)
            attempt(Tensorflow__Serving__ModelServerConfig.self, text)
            attempt(Tensorflow__TensorProto.self, text)
        }
        attempt(Tensorflow__SavedModel.self, mutated(model, &noise))
    }
    #expect(read > 100)
}

@Test func diagnosisAgreesWithTheParser() {
    var noise = Noise(state: 5)
    let lists = """
        model_config_list { config [ { name: 'a' model_type: TENSORFLOW }, < name: 'b' model_version_policy { specific {
        versions: [1, 2] } } > ] config { version_labels [ { key: 'x' value: 1 } ] model_type: OTHER } }
        """
    let texts = Fixtures.rows("text.txt").map { Fixtures.bytes(hex: $0[1]) } + [Array(lists.utf8), Array(lists.utf8)]
    var (accepted, refused, several) = (0, 0, 0)
    func attempt<Proto: ProtoMessage>(_ type: Proto.Type, _ text: [UInt8]) {
        text.withUnsafeBytes { bytes in
            let diagnosis = TextFormat.diagnose(bytes, as: type)
            #expect(diagnosis.faults.count <= TextRecorder.mostFaults + 1)
            let first = diagnosis.faults.first { !$0.isWarning }
            do throws(Status) {
                let message = try TextFormat.parse(bytes, fileName: "", as: type)
                #expect(first == nil, "\(String(decoding: text, as: UTF8.self))")
                #expect(diagnosis.message?.packed() == message.packed())
                accepted += 1
            } catch {
                let place = first.map { "\($0.place.line):\($0.place.column): \($0.what)" } ?? "nothing"
                let prefix = "Error parsing text-format \(Proto.descriptor.fullName): "
                #expect(error.message.hasPrefix(prefix + place), "\(String(decoding: text, as: UTF8.self))")
                refused += 1
                if diagnosis.faults.count > 1 { several += 1 }
            }
        }
    }
    for _ in 0..<300 {
        for text in texts {
            let text = mutated(text, &noise)
            attempt(Tensorflow__Serving__ModelServerConfig.self, text)
            attempt(Tensorflow__TensorProto.self, text)
            attempt(Tensorflow__ConfigProto.self, text)
        }
    }
    #expect(accepted > 100 && refused > 1000 && several > 500)
}
