import Compiler
import Kernels
import TestSupport
import Testing

@testable import ModelServer

@Suite struct SupportedOpsTests {
    /// Made once: every kernel is tried with every type.
    private static let all = SupportedOp.all()
    private let ops = SupportedOpsTests.all

    private func types(_ op: String, _ attribute: String) -> [String]? {
        ops.first { $0.name == op }?.attributes.first { $0.name == attribute }?.types.map(\.name)
    }

    @Test func documentationIsUpToDate() {
        let page = String(decoding: Repository.bytes("Documentation/supported-ops.md"), as: UTF8.self)
        #expect(OpTable(ops: ops).markdown == page, "Scripts/generate-supported-ops makes the page")
    }

    @Test func everyOpIsListedOnce() { #expect(ops.map(\.name) == OpRegistry.standard.names) }

    @Test func typesAreThoseThatKernelsTake() {
        #expect(types("Relu6", "T")?.contains("half") == true && types("Relu6", "T")?.contains("string") == false)
        #expect(types("Angle", "T") == ["complex64", "complex128"] && types("Angle", "Tout") == ["float", "double"])
        #expect(types("Reshape", "Tshape") == ["int32", "int64"])
        #expect(types("Cast", "SrcT")?.contains("string") == false)
    }

    @Test func fewOpsCannotBeProbed() {
        let assumed = ops.filter { $0.attributes.contains(where: \.isAssumed) }.map(\.name)
        #expect(assumed.count * 10 < ops.count, "give these what they want in SampleAttributes: \(assumed)")
    }
}
