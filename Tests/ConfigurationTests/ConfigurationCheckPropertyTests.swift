import Batching
import CServingProtos
import ServingCore
import ServingProtos
import TestSupport
import Testing

@testable import Configuration

private let seeds: [(ConfigurationKind, String)] = [
    (
        .models,
        """
        # Two models.
        model_config_list: {
          config: { name: "a", base_path: "/m/a", model_platform: "tensorflow" },
          config { name: "b" base_path: "./b" model_type: TENSORFLOW
                   model_version_policy { specific { versions: 3 versions: [5, 6] } }
                   version_labels { key: 'stable' value: 3 } }
          config < name: 'c' base_path: 'file:///c' model_platform: 'tensor' 'flow' model_version_policy { all {} } >
          config { name: 'e' base_path: '/e' model_platform: 'tensorflow' batching_parameters {
                   max_batch_size { value: 16 } allowed_batch_sizes: [4, 16] num_batch_threads { value: 1 } } }
          config { name: 'd' base_path: 'gs' model_platform: 'tensorflow' logging_config { } }
        }
        """
    ),
    (
        .batching,
        """
        max_batch_size { value: 32 } batch_timeout_micros { value: 0 } max_enqueued_batches { value: 3 }
        num_batch_threads { value: 8 } thread_pool_name { value: "p" } allowed_batch_sizes: [8, 16] allowed_batch_sizes: 32
        enable_large_batch_splitting { value: true } max_execution_batch_size { value: 32 }
        """
    ),
    (.ssl, "# server_key: 'k' server_cert: 'c'\nclient_verify: false"),
    (.monitoring, "prometheus_config { enable: true, path: \"/monitoring/prometheus/metrics\"; }"),
    (.platform, "platform_configs { key: 'tensorflow' value { source_adapter_config { } } }"),
    (.session, "intra_op_parallelism_threads: 2 allow_soft_placement: true device_count { key: 'CPU' value: 1 }"),
]

/// `text` with a few of its pieces removed, repeated, exchanged or replaced.
private func mutated(_ text: String, _ noise: inout Noise) -> [UInt8] {
    var bytes = Array(text.utf8)
    let pieces = [
        "{", "}", "[", "]", ":", "'", "\"", "-", "0", "-1", "99999999999", "\n", " name: 'a' ", "x", "<", ">", ",", "é",
    ]
    for _ in 0..<Int.random(in: 0...3, using: &noise) where !bytes.isEmpty {
        let at = Int.random(in: 0..<bytes.count, using: &noise)
        let length = Int.random(in: 1...min(8, bytes.count - at), using: &noise)
        switch Int.random(in: 0..<6, using: &noise) {
        case 0: bytes.removeSubrange(at..<at + length)
        case 1: bytes.insert(contentsOf: Array(pieces.randomElement(using: &noise)!.utf8), at: at)
        case 2: bytes.insert(contentsOf: Array(bytes[at..<at + length]), at: at)
        case 3: bytes[at] = UInt8.random(in: 0...255, using: &noise)
        case 4:
            // A number becomes another one.
            guard let digit = bytes.indices.filter({ (0x30...0x39).contains(bytes[$0]) }).randomElement(using: &noise)
            else {
                continue
            }
            bytes[digit] = UInt8.random(in: 0x30...0x39, using: &noise)
        default: if Int.random(in: 0..<4, using: &noise) == 0 { bytes.removeSubrange(at...) }
        }
    }
    return bytes
}

/// Whether the server's own way of reading a file of this kind accepts `text`.
private func serverAccepts(_ text: UnsafeRawBufferPointer, _ kind: ConfigurationKind) -> Bool {
    func parse<Proto: ProtoMessage>(_ type: Proto.Type) throws(Status) -> Message<Proto> {
        try TextFormat.parse(text, fileName: "f", as: type)
    }
    do throws(Status) {
        switch kind {
        case .models:
            let message = try parse(Tensorflow__Serving__ModelServerConfig.self)
            _ = try message.read { (config) throws(Status) in
                try ModelServerConfiguration(config, relativeTo: "/etc/")
            }
        case .batching: _ = try BatchingParameters(try parse(Tensorflow__Serving__BatchingParameters.self))
        case .ssl: return try parse(Tensorflow__Serving__SSLConfig.self).packed().isEmpty
        case .monitoring:
            let path = try parse(Tensorflow__Serving__MonitoringConfig.self).read { config in
                config.pointee.prometheus_config.map { String(proto: $0.pointee.path) } ?? ""
            }
            return path.isEmpty || MonitoringConfiguration.isPath(path)
        case .platform: _ = try parse(Tensorflow__Serving__PlatformConfigMap.self)
        case .session: _ = try parse(Tensorflow__ConfigProto.self)
        }
        return true
    } catch {
        return false
    }
}

/// The promise of the check: no errors exactly if the server takes the file.
@Test func checkAcceptsExactlyWhatTheServerAccepts() {
    var noise = Noise(state: 11)
    for (kind, seed) in seeds {
        var (accepted, refused) = (0, 0)
        for round in 0..<(kind == .models ? 400 : 150) {
            let bytes = round == 0 ? Array(seed.utf8) : mutated(seed, &noise)
            bytes.withUnsafeBytes { text in
                let report = ConfigurationCheck(lookingAt: nil).check(text, named: "/etc/f", as: kind)
                let expected = serverAccepts(text, kind)
                #expect(
                    report.isAccepted == expected, "\(kind): \(String(decoding: bytes, as: UTF8.self))\n\(report.text)")
                #expect(report.findings.count <= ConfigurationReport.mostFindings)
                if expected { accepted += 1 } else { refused += 1 }
                // Whatever kind is assumed, there is an answer.
                if round % 10 == 0 { _ = ConfigurationCheck(lookingAt: nil).check(text, named: "f").text }
            }
        }
        // Neither everything nor nothing, otherwise the changes test nothing.
        #expect(accepted > 20 && refused > 20, "\(kind): \(accepted) accepted, \(refused) refused")
    }
}

@Test func noiseAndBinaryFilesGetAnAnswer() {
    var noise = Noise(state: 12)
    for _ in 0..<300 {
        let bytes = (0..<Int.random(in: 0...300, using: &noise)).map { _ in UInt8.random(in: 0...255, using: &noise) }
        bytes.withUnsafeBytes { text in
            let report = ConfigurationCheck(lookingAt: nil).check(text, named: "f")
            #expect(report.isAccepted == serverAccepts(text, report.kind ?? .models))
            #expect(!report.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
            _ = ConfigurationReport.json([report])
        }
    }
    let model = Repository.bytes("Examples/half_plus_two/1/saved_model.pb")
    #expect(!model.withUnsafeBytes { ConfigurationCheck(lookingAt: nil).check($0, named: "f") }.isAccepted)
}
