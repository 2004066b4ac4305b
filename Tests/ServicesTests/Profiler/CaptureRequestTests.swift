import Profiling
import ServingCore
import ServingProtos
import Testing

@testable import Services

@Suite struct CaptureRequestTests {
    private func request(_ fill: (inout WireWriter) -> Void) throws -> CaptureRequest {
        var writer = WireWriter()
        fill(&writer)
        return try writer.bytes.withUnsafeBytes { (bytes) throws(Status) in try CaptureRequest(profile: bytes) }
    }

    private func options(_ fill: (inout WireWriter) -> Void) -> [UInt8] {
        var writer = WireWriter()
        fill(&writer)
        return writer.bytes
    }

    @Test func requestOfTensorFlowsClientMeansEverything() throws {
        let tools = [
            "trace_viewer", "op_profile", "input_pipeline", "kernel_stats", "memory_viewer", "memory_profile",
            "overview_page", "pod_viewer", "tensorflow_stats", "xplane.pb",
        ]
        let request = try request { writer in
            writer.append(field: 1, unsigned: 1)
            writer.append(field: 2, unsigned: 1_000_000)
            for tool in tools { writer.append(field: 3, string: tool) }
            writer.append(
                field: 4,
                message: options {
                    $0.append(field: 8, unsigned: 1_700_000_000_000_000_000)
                    $0.append(field: 9, unsigned: 2000)
                })
            writer.append(field: 5, string: "/etc")
            writer.append(field: 6, string: "2026_01_01")
            writer.append(field: 7, string: "host")
        }
        // What the options say goes before what the request says.
        #expect(request.durationNanoseconds == 2_000_000_000)
        #expect(request.startNanoseconds == 1_700_000_000_000_000_000)
        #expect(request.tools == Set(ProfileTool.allCases))
        #expect(request.session == "2026_01_01" && request.hostName == "host")
        #expect(request.recordLimit == 1_000_000 && !request.wantsMessage)
    }

    @Test func emptyRequestEndsAtOnce() throws {
        let request = try request { _ in }
        #expect(request.durationNanoseconds == 0 && request.session == "" && request.recordLimit == 1_000_000)
        #expect(try request.delay(at: 12) == 0)
    }

    @Test func namedToolsAreTheOnlyOnes() throws {
        let request = try request { writer in
            writer.append(field: 3, string: "trace.json")
            writer.append(field: 3, string: "overview_page")
        }
        #expect(request.tools == [.trace])
    }

    @Test func numberOfEventsIsLimited() throws {
        #expect(try request { $0.append(field: 2, unsigned: 5) }.recordLimit == 5)
        #expect(try request { $0.append(field: 2, unsigned: .max) }.recordLimit == 1_000_000)
    }

    @Test func timesBeyondTenMinutesAreRefused() throws {
        #expect(throws: Status.invalidArgument("duration_ms is 600001, but captures may last 600000 at most")) {
            try request { $0.append(field: 1, unsigned: 600_001) }
        }
        #expect(throws: Status.self) { try request { $0.append(field: 1, unsigned: .max) } }
        let far = try request { $0.append(field: 4, message: options { $0.append(field: 8, unsigned: .max) }) }
        #expect(throws: Status.self) { try far.delay(at: 0) }
        let near = try request { $0.append(field: 4, message: options { $0.append(field: 8, unsigned: 1000) }) }
        #expect(try near.delay(at: 400) == 600)
        #expect(try near.delay(at: 1000) == 0)
        #expect(try near.delay(at: 5000) == 0)
    }

    @Test func monitorNeedsATime() throws {
        #expect(throws: Status.invalidArgument("duration_ms must be greater than zero.")) {
            try CaptureRequest(monitorMilliseconds: 0)
        }
        let request = try CaptureRequest(monitorMilliseconds: 7)
        #expect(request.durationNanoseconds == 7_000_000 && request.session == nil)
    }
}
