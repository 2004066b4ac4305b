import Execution
import Graphs
import ServingCore
import Synchronization
import Tensors
import Testing

@testable import Models

/// Which programs requests get, by the outputs they ask for and the shapes they bring.
@Suite struct SignatureProgramsTests {
    private final class Made: Sendable {
        let kinds = Mutex<[SignaturePrograms.Reliance]>([])
    }

    private func programs(_ shapes: [PartialShape], _ made: Made) throws -> SignaturePrograms {
        try SignaturePrograms(
            outputs: ["a", "b"], shapes: shapes, hasWhole: true, frozen: FrozenVariables(written: [])
        ) {
            (_, reliance) throws(Status) in
            made.kinds.withLock { $0.append(reliance) }
            return Program(steps: [], slotCount: 0, constants: [], argumentSlots: [], resultSlots: [])
        }
    }

    private func feed(_ sizes: Int...) -> Tensor {
        Tensor([Float](repeating: 0, count: sizes.reduce(1, *))).reshaped(to: TensorShape(sizes))
    }

    @Test func requestsOfDeclaredShapesShareAProgram() throws {
        let made = Made()
        let programs = try programs([PartialShape([-1, 3]), .unknown], made)
        let whole = programs.whole
        for rows in [0, 1, 7] {
            #expect(try programs.program(for: ["a", "b"], feeds: [feed(rows, 3), feed(rows)]) === whole)
        }
        #expect(made.kinds.withLock { $0 } == [.declaredShapes])
    }

    @Test func requestsOfOtherShapesGetAProgramThatReliesOnNothing() throws {
        let made = Made()
        let programs = try programs([PartialShape([-1, 3])], made)
        let whole = programs.whole
        let other = try programs.program(for: ["a", "b"], feeds: [feed(1, 4)])
        #expect(other !== whole)
        for feeds in [feed(2, 2), feed(3), feed(), feed(1, 3, 1)] {
            #expect(try programs.program(for: ["a", "b"], feeds: [feeds]) === other)
        }
        #expect(try programs.program(for: ["a", "b"], feeds: [feed(1, 3)]) === whole)
        #expect(made.kinds.withLock { $0 } == [.declaredShapes, .nothing])
    }

    @Test func eachChoiceOfOutputsHasProgramsOfBothKinds() throws {
        let made = Made()
        let programs = try programs([PartialShape([-1, 3])], made)
        let fitting = try programs.program(for: ["b"], feeds: [feed(1, 3)])
        let other = try programs.program(for: ["b"], feeds: [feed(1, 4)])
        #expect(fitting !== other)
        #expect(try programs.program(for: ["b"], feeds: [feed(5, 3)]) === fitting)
        #expect(made.kinds.withLock { $0 } == [.declaredShapes, .declaredShapes, .nothing])
    }

    @Test func whatIsDeclaredButForTheFirstDimensionIsReliedOn() {
        func reliable(_ sizes: [Int]?) -> PartialShape {
            let port = Signature.Port(tensorName: "x:0", dataType: .float, shape: PartialShape(sizes))
            return SignatureRunner.reliableShape(of: port)
        }
        #expect(reliable([4, 3, -1, -7]) == PartialShape([-1, 3, -1, -1]))
        #expect(reliable([]) == PartialShape([]))
        #expect(reliable(nil) == .unknown)
        #expect(reliable([1, 1 << 60, 1 << 60]) == .unknown)
        #expect(reliable([Int](repeating: 1, count: 13)) == .unknown)
    }
}
