import Compiler
import Graphs
import Tensors
import Testing

/// Nodes that change nothing, and nodes that compute the same.
@Suite struct RedundantNodeTests {
    @Test func nodesThatChangeNothingGo() throws {
        var sample = FusionSample()
        let x = sample.node("Reshape", [sample.input("x"), sample.integers([-1, 2, 3])])
        let again = sample.node("Reshape", [x, sample.integers([-1, 2, 3])])
        let turned = sample.node("Transpose", [again, sample.integers([1, 2, 0])], ["Tperm": .type(.int32)])
        let back = sample.node("Transpose", [turned, sample.integers([2, 0, 1])], ["Tperm": .type(.int32)])
        let wider = sample.node("ExpandDims", [back, sample.integers([1], shape: [])], ["Tdim": .type(.int32)])
        let narrow = sample.node("Squeeze", [wider], ["squeeze_dims": .ints([-3])])
        let cast = sample.node("Cast", [narrow], ["SrcT": .type(.float), "DstT": .type(.float)])
        let y = sample.node("Exp", [sample.node("Mul", [sample.scalar(1), cast])])
        #expect(try sample.ops(y) == ["Reshape", "Exp"])
        #expect(try sample.check(y, with: [sample.numbers([12])]) == nil)
        #expect(try sample.check(y, with: [sample.numbers([13])]) != nil)
    }

    @Test func nodesThatMayFailStay() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let turned = sample.node("Transpose", [x, sample.integers([1, 0])], ["Tperm": .type(.int32)])
        let back = sample.node("turn", "Transpose", [turned, sample.integers([1, 0])], ["Tperm": .type(.int32)])
        let other = sample.node("Transpose", [turned, sample.integers([0, 1])], ["Tperm": .type(.int32)])
        let y = sample.node("Exp", [back])
        #expect(try sample.ops(y).first == "Transpose")
        try sample.check(y, other, with: [sample.numbers([2, 3])])
        #expect(try sample.check(y, with: [sample.numbers([2, 3, 1])]) != nil)
    }

    @Test func equalNodesAreComputedOnce() throws {
        var sample = FusionSample()
        let x = sample.input("x")
        let (a, b) = (sample.node("Mul", [x, sample.scalar(3)]), sample.node("Mul", [x, sample.scalar(3)]))
        let (c, d) = (sample.node("Exp", [a]), sample.node("Exp", [b]))
        let e = sample.node("Sum", [a, sample.integers([0])], ["keep_dims": .bool(true), "Tidx": .type(.int32)])
        let f = sample.node("Sum", [b, sample.integers([0])], ["keep_dims": .bool(false), "Tidx": .type(.int32)])
        let all = sample.node("AddN", [c, d], ["N": .int(2)])
        #expect(try sample.ops(all, e, f).sorted() == ["AddN", "Exp", "Mul", "Sum", "Sum"])
        try sample.check(all, e, f, with: [sample.numbers([4])])
    }
}
