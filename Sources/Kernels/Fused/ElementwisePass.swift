import MicrokernelTypes

/// One pass of a program over the elements of its inputs.
struct ElementwisePass {
    private(set) var operands = InlineArray<8, ElementwiseWalk.Operand>(repeating: .init(period: 1, outer: 1))
    private var bases: InlineArray<8, UnsafePointer<Float>>
    private let program: ElementwiseProgram
    private let places: [Int]
    private let result: UnsafeMutablePointer<Float>
    private let kernels = VectorKernels.current

    /// - Parameter places: by instruction, the register that holds its result.
    init(_ program: ElementwiseProgram, _ places: [Int], _ result: UnsafeMutablePointer<Float>) {
        self.program = program
        self.places = places
        self.result = result
        bases = InlineArray(repeating: UnsafePointer(result))
    }

    mutating func setInput(_ index: Int, _ base: UnsafePointer<Float>, _ operand: ElementwiseWalk.Operand) {
        bases[index] = base
        operands[index] = operand
    }

    /// Elements of a piece that are read one after the other, or one for all.
    private struct Source {
        var elements: UnsafePointer<Float>
        var repeats: Bool
    }

    /// Computes the elements of `pieces`. `registers` are those that the program needs, of one block each, and then one more for
    /// each input that goes round.
    func run(_ walk: ElementwiseWalk, _ pieces: Range<Int>, registers: UnsafeMutablePointer<Float>) {
        let block = ElementwiseWalk.block
        let last = program.instructions.count - 1
        let roundBase = registers + ((places.dropLast().max() ?? -1) + 1) * block
        var rounds = Rounds(walk, self, roundBase)
        for index in pieces {
            let piece = walk.piece(index)
            var sources = InlineArray<24, Source>(repeating: Source(elements: bases[0], repeats: false))
            for input in 0..<program.inputCount {
                sources[input] = rounds.source(input, walk, self, piece)
            }
            for (number, instruction) in program.instructions.enumerated() {
                let target = number == last ? result + piece.lowerBound : registers + places[number] * block
                compute(instruction, sources[instruction.a], sources[instruction.b], target, piece.count)
                sources[program.inputCount + number] = Source(elements: UnsafePointer(target), repeats: false)
            }
        }
    }

    private func compute(
        _ instruction: ElementwiseProgram.Instruction, _ a: Source, _ b: Source, _ target: UnsafeMutablePointer<Float>,
        _ count: Int
    ) {
        // What is the same for all elements is computed once.
        let isOne = a.repeats && b.repeats
        let columns = isOne ? 1 : count
        switch instruction.operation {
        case .apply(let function, let parameter): kernels.apply(function, parameter, a.elements, target, columns)
        case .combine(let function):
            var call = CombinationCall(a.elements, b.elements, target, columns: columns)
            call.repeats = isOne ? (false, false) : (a.repeats, b.repeats)
            kernels.combine(function, call)
        }
        if isOne { target.update(repeating: target[0], count: count) }
    }

    /// The registers of inputs that go round within a piece.
    private struct Rounds {
        private var registers: InlineArray<8, UnsafeMutablePointer<Float>>
        /// The stretch of the input whose elements stand in its register.
        private var stretches = InlineArray<8, Int>(repeating: -1)

        init(_ walk: ElementwiseWalk, _ pass: ElementwisePass, _ base: UnsafeMutablePointer<Float>) {
            registers = InlineArray(repeating: base)
            var next = base
            for input in 0..<pass.program.inputCount where walk.goesRound(pass.operands[input]) {
                registers[input] = next
                next += ElementwiseWalk.block
            }
        }

        mutating func source(_ input: Int, _ walk: ElementwiseWalk, _ pass: ElementwisePass, _ piece: Range<Int>)
            -> Source
        {
            let operand = pass.operands[input]
            guard walk.goesRound(operand) else {
                let offset = walk.offset(operand, piece.lowerBound)
                return Source(elements: pass.bases[input] + offset, repeats: operand.repeats)
            }
            let stretch = piece.lowerBound / operand.outer
            if stretches[input] != stretch {
                stretches[input] = stretch
                let elements = pass.bases[input] + stretch &* operand.period
                for start in stride(from: 0, to: walk.length, by: operand.period) {
                    (registers[input] + start).update(from: elements, count: operand.period)
                }
            }
            return Source(elements: UnsafePointer(registers[input]), repeats: false)
        }
    }
}
