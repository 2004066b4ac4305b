import ServingCore
import Tensors
import Testing

@testable import Pictures

@Test func highestScoresComeFirstAndNoNumbersLast() throws {
    let scores = try Scores(Tensor([Float(0.2), .nan, 0.5, 0.2, -.infinity, .infinity], shape: [1, 6]), "x")
    #expect(scores.highest(10) == [5, 2, 0, 3, 4, 1])
    #expect(scores.highest(2) == [5, 2])
}

@Test func scoresMayHaveSeveralTypesAndShapes() throws {
    #expect(try Scores(Tensor([0.5, 0.25], shape: [2]), "x").values == [0.5, 0.25])
    #expect(try Scores(Tensor([Half(0.5), Half(0.25)], shape: [1, 1, 1, 2]), "x").values == [0.5, 0.25])
    #expect(try Scores(Tensor([BFloat16(0.5)], shape: [1, 1]), "x").values == [0.5])
    let two = Status.failedPrecondition("the output 'x' has shape [2,1]; [1, labels] was expected for one picture")
    #expect(throws: two) { try Scores(Tensor([Float(1), 2], shape: [2, 1]), "x") }
    #expect(throws: Status.self) { try Scores(Tensor([Float](), shape: [1, 0]), "x") }
    #expect(throws: Status.self) { try Scores(Tensor(scalar: Float(1)), "x") }
    #expect(throws: Status.self) { try Scores(Tensor([Int32(1)], shape: [1, 1]), "x") }
}

@Test func activationsMakeProbabilities() throws {
    var scores = try Scores(Tensor([Float(1000), 1000, 0], shape: [1, 3]), "x")
    scores.activate(.softmax)
    #expect(scores.values == [0.5, 0.5, 0])
    scores = try Scores(Tensor([Float(0), 1000, -1000], shape: [1, 3]), "x")
    scores.activate(.sigmoid)
    #expect(scores.values == [0.5, 1, 0])
}
