import MicrokernelTypes
import ServingCore
import Testing

@testable import Configuration

private func precisions(_ flags: String...) throws(Status) -> WeightPrecisions {
    try ServerOptions(try Flags(["--model_base_path=/m"] + flags)).precisions
}

@Test func weightsStayAsTheyAreUnlessAskedFor() throws {
    #expect(try precisions()["any"] == .float && precisions().names.isEmpty)
    #expect(try precisions("--precision=")["any"] == .float)
}

@Test func aWordMeansAllModelsAndNamesMeanSome() throws {
    #expect(try precisions("--precision=bf16")["any"] == .bf16)
    let mixed = try precisions("--precision=bert:int8_weights,bf16,mlp:float,a:b:bf16")
    #expect(mixed["bert"] == .int8Weights && mixed["mlp"] == .float && mixed["other"] == .bf16)
    #expect(mixed["a:b"] == .bf16 && mixed.names == ["a:b", "bert", "mlp"])
    #expect(try precisions("--precision=bert:bf16")["other"] == .float)
}

@Test func mixedPrecisionMeansHalvesForAllOthers() throws {
    #expect(try precisions("--mixed_precision=bfloat16")["any"] == .bf16)
    let both = try precisions("--mixed_precision=bfloat16", "--precision=a:float")
    #expect(both["a"] == .float && both["b"] == .bf16)
    #expect(try precisions("--mixed_precision=bfloat16", "--precision=int8_weights")["b"] == .int8Weights)
    #expect(try precisions("--mixed_precision=float16")["any"] == .float)
}

@Test(arguments: [
    ("half", "--precision knows float, bf16, int8_weights, not 'half'; was 'half'"),
    ("bert:half", "--precision knows float, bf16, int8_weights, not 'half'; was 'bert:half'"),
    ("bert:", "--precision knows float, bf16, int8_weights, not ''; was 'bert:'"),
    ("bf16,", "--precision has an empty part between its commas; was 'bf16,'"),
    (",", "--precision has an empty part between its commas; was ','"),
    ("bf16,float", "--precision names two precisions for all other models; was 'bf16,float'"),
    (":bf16", "--precision has no model's name before ':bf16'; was ':bf16'"),
    ("a:bf16,a:bf16", "--precision names model a twice; was 'a:bf16,a:bf16'"),
]) func mistakesArePointedOut(_ text: String, _ expected: String) {
    #expect(throws: Status.invalidArgument(expected)) { try precisions("--precision=\(text)") }
}
