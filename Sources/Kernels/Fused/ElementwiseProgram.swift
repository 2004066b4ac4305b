import Graphs
import MicrokernelTypes
import ServingCore

/// Element-wise operations that are done one after the other; the last one's result is the program's.
///
/// Values are numbered: first the inputs, then the results of the instructions in order.
public struct ElementwiseProgram: Sendable {
    public struct Instruction: Sendable, Hashable {
        public var operation: ElementwiseOperation
        public var a: Int
        /// The same as `a` if there is only one operand.
        public var b: Int
    }

    /// The most that a program has.
    public static let maximumInstructions = 16
    public static let maximumInputs = 8

    public let inputCount: Int
    public private(set) var instructions: [Instruction] = []

    /// A program without instructions.
    public init(inputCount: Int) { self.inputCount = inputCount }

    /// Adds an instruction; returns the number of its result.
    public mutating func append(_ operation: ElementwiseOperation, _ operands: [Int]) -> Int {
        instructions.append(Instruction(operation: operation, a: operands[0], b: operands[operands.count - 1]))
        return inputCount + instructions.count - 1
    }

    /// By instruction: the register that holds its result; that of the last one is unused.
    func registers() -> (places: [Int], count: Int) {
        var lastUse = [Int](repeating: 0, count: inputCount + instructions.count)
        for (index, instruction) in instructions.enumerated() {
            lastUse[instruction.a] = index
            lastUse[instruction.b] = index
        }
        var free: [Int] = []
        var count = 0
        var places: [Int] = []
        for (index, instruction) in instructions.enumerated() {
            // A result may take the place of an operand, since each element is read before it is written.
            for value in Set([instruction.a, instruction.b]) where value >= inputCount && lastUse[value] == index {
                free.append(places[value - inputCount])
            }
            if free.isEmpty {
                free.append(count)
                count += 1
            }
            places.append(free.removeLast())
        }
        return (places, count)
    }
}

// MARK: As attributes

extension ElementwiseProgram {
    /// The attributes that `init` reads: four numbers an instruction, and the parameters.
    public var attributes: [String: Attribute] {
        var numbers: [Int] = []
        var parameters: [Float] = []
        for instruction in instructions {
            switch instruction.operation {
            case .apply(let function, let parameter):
                numbers += [0, Int(function.rawValue)]
                parameters.append(parameter)
            case .combine(let function):
                numbers += [1, Int(function.rawValue)]
                parameters.append(0)
            }
            numbers += [instruction.a, instruction.b]
        }
        return ["program": .ints(numbers), "parameters": .floats(parameters)]
    }

    /// The program that `attributes` tell. Throws INVALID_ARGUMENT if it is malformed.
    init(_ attributes: Attributes, inputCount: Int) throws(Status) {
        self.init(inputCount: inputCount)
        let numbers = try attributes.ints("program")
        let parameters = try attributes.floats("parameters")
        guard numbers.count == parameters.count * 4, !parameters.isEmpty,
            parameters.count <= ElementwiseProgram.maximumInstructions,
            (1...ElementwiseProgram.maximumInputs).contains(inputCount)
        else {
            throw .invalidArgument("program of \(numbers.count) numbers with \(parameters.count) parameters")
        }
        for (index, parameter) in parameters.enumerated() {
            let known = 0..<inputCount + index
            let (a, b) = (numbers[4 * index + 2], numbers[4 * index + 3])
            guard known.contains(a), known.contains(b), let function = UInt8(exactly: numbers[4 * index + 1]),
                let operation = ElementwiseOperation(numbers[4 * index], function, parameter)
            else { throw .invalidArgument("instruction \(index) of the program is malformed") }
            instructions.append(Instruction(operation: operation, a: a, b: b))
        }
    }
}

extension ElementwiseOperation {
    fileprivate init?(_ kind: Int, _ function: UInt8, _ parameter: Float) {
        if kind == 0, let function = VectorFunction(rawValue: function) {
            self = .apply(function, parameter: parameter)
        } else if kind == 1, let function = VectorCombination(rawValue: function) {
            self = .combine(function)
        } else {
            return nil
        }
    }
}
