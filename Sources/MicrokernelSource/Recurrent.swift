import MicrokernelTypes

private let width = Lanes.scalarCount

/// The recurrent sums of a block of units of an LSTM for `rows` rows, four gates at a time in registers.
private struct LongShortTermTile<Kind: Weights, let rows: Int> {
    private typealias Sums = InlineArray<rows, Lanes>

    /// Adds the recurrent sums to those of the inputs.
    @inline(never)
    static func run(_ step: borrowing RecurrentStep, row: Int, block: Int) {
        var i = Sums(repeating: .zero)
        var f = Sums(repeating: .zero)
        var g = Sums(repeating: .zero)
        var o = Sums(repeating: .zero)
        let units = step.unitCount
        let stride = stateStride(units)
        let hidden = step.hidden + (row &* stride)
        let advance = 4 &* width
        var weights = step.weights.assumingMemoryBound(to: Kind.Element.self) + block &* units &* advance
        var unit = 0
        repeat {
            let forI = Kind.lanes(weights)
            let forF = Kind.lanes(weights + width)
            let forG = Kind.lanes(weights + 2 &* width)
            let forO = Kind.lanes(weights + 3 &* width)
            var index = 0
            while index < rows {
                let state = Lanes(repeating: hidden[index &* stride &+ unit])
                i[unchecked: index] = i[unchecked: index].plus(forI, times: state)
                f[unchecked: index] = f[unchecked: index].plus(forF, times: state)
                g[unchecked: index] = g[unchecked: index].plus(forG, times: state)
                o[unchecked: index] = o[unchecked: index].plus(forO, times: state)
                index &+= 1
            }
            weights += advance
            unit &+= 1
        } while unit < units
        let column = block &* advance
        let scaleI = scales(of: Kind.self, step, column)
        let scaleF = scales(of: Kind.self, step, column &+ width)
        let scaleG = scales(of: Kind.self, step, column &+ 2 &* width)
        let scaleO = scales(of: Kind.self, step, column &+ 3 &* width)
        var sums = step.sums + ((row &* stride &+ block &* width) &* 4)
        var index = 0
        while index < rows {
            add(scaled(Kind.self, i[unchecked: index], scaleI), to: sums)
            add(scaled(Kind.self, f[unchecked: index], scaleF), to: sums + width)
            add(scaled(Kind.self, g[unchecked: index], scaleG), to: sums + 2 &* width)
            add(scaled(Kind.self, o[unchecked: index], scaleO), to: sums + 3 &* width)
            sums += 4 &* stride
            index &+= 1
        }
    }
}

/// The recurrent sums of a block of units of a GRU whose reset gate acts on such a sum.
private struct GatedResetTile<Kind: Weights, let rows: Int> {
    private typealias Sums = InlineArray<rows, Lanes>

    /// Adds the recurrent sums of two gates to those of the inputs, and stores those of the candidate in the new state.
    @inline(never)
    static func run(_ step: borrowing RecurrentStep, row: Int, block: Int) {
        var z = Sums(repeating: .zero)
        var r = Sums(repeating: .zero)
        var u = Sums(repeating: .zero)
        let units = step.unitCount
        let stride = stateStride(units)
        let hidden = step.hidden + (row &* stride)
        let advance = 3 &* width
        var weights = step.weights.assumingMemoryBound(to: Kind.Element.self) + block &* units &* advance
        var unit = 0
        repeat {
            let forZ = Kind.lanes(weights)
            let forR = Kind.lanes(weights + width)
            let forU = Kind.lanes(weights + 2 &* width)
            var index = 0
            while index < rows {
                let state = Lanes(repeating: hidden[index &* stride &+ unit])
                z[unchecked: index] = z[unchecked: index].plus(forZ, times: state)
                r[unchecked: index] = r[unchecked: index].plus(forR, times: state)
                u[unchecked: index] = u[unchecked: index].plus(forU, times: state)
                index &+= 1
            }
            weights += advance
            unit &+= 1
        } while unit < units
        let place = row &* stride &+ block &* width
        let column = block &* advance
        let scaleZ = scales(of: Kind.self, step, column)
        let scaleR = scales(of: Kind.self, step, column &+ width)
        let scaleU = scales(of: Kind.self, step, column &+ 2 &* width)
        var sums = step.sums + (place &* 3)
        var recurrent = step.newHidden + place
        var index = 0
        while index < rows {
            add(scaled(Kind.self, z[unchecked: index], scaleZ), to: sums)
            add(scaled(Kind.self, r[unchecked: index], scaleR), to: sums + width)
            scaled(Kind.self, u[unchecked: index], scaleU).store(to: recurrent)
            sums += 3 &* stride
            recurrent += stride
            index &+= 1
        }
    }
}

@inline(__always)
private func add(_ lanes: Lanes, to sums: UnsafeMutablePointer<Float>) {
    (Lanes(loading: sums) + lanes).store(to: sums)
}

/// The new states of a block of units of an LSTM, once the sums of its gates are complete.
@inline(never)
private func finishLongShortTerm(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
    let stride = stateStride(step.unitCount)
    var place = row &* stride &+ block &* width
    let end = place &+ rows &* stride
    repeat {
        let sums = step.sums + (place &* 4)
        let input = logisticSigmoid(Lanes(loading: sums))
        let forget = logisticSigmoid(Lanes(loading: sums + width))
        let candidate = hyperbolicTangent(Lanes(loading: sums + 2 &* width))
        let output = logisticSigmoid(Lanes(loading: sums + 3 &* width))
        let cell = (forget * Lanes(loading: step.cell + place)).plus(input, times: candidate)
        cell.store(to: step.newCell + place)
        (output * hyperbolicTangent(cell)).store(to: step.newHidden + place)
        place &+= stride
    } while place < end
}

/// The new state of a block of units of a GRU, once the sums of its gates are complete.
@inline(never)
private func finishGatedReset(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
    let stride = stateStride(step.unitCount)
    let bias = Lanes(loading: step.candidateBias + block &* width)
    var place = row &* stride &+ block &* width
    let end = place &+ rows &* stride
    repeat {
        let sums = step.sums + (place &* 3)
        let update = logisticSigmoid(Lanes(loading: sums))
        let reset = logisticSigmoid(Lanes(loading: sums + width))
        let recurrent = Lanes(loading: step.newHidden + place) + bias
        let candidate = hyperbolicTangent(Lanes(loading: sums + 2 &* width).plus(reset, times: recurrent))
        let kept = update * Lanes(loading: step.hidden + place)
        kept.plus(1 - update, times: candidate).store(to: step.newHidden + place)
        place &+= stride
    } while place < end
}

/// Elements of a row of a state.
@inline(__always)
private func stateStride(_ units: Int) -> Int { (units &+ width &- 1) / width &* width }

#if LEVEL_AVX512
    /// Rows whose sums fit into the registers beside the weights.
    private let sumRows = 6
#else
    private let sumRows = 2
#endif

/// Calls `tile` with a number of rows, the first of them and a block, for tiles of about the same height and all blocks. A
/// block's weights stay in the first cache.
@inline(__always)
private func forEachTile(
    _ step: borrowing RecurrentStep, _ tile: (borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) -> Void
) {
    guard step.rowCount > 0 else { return }
    let tiles = (step.rowCount &+ sumRows &- 1) / sumRows
    let blocks = (step.unitCount &+ width &- 1) / width
    let height = step.rowCount / tiles
    let higher = step.rowCount &- height &* tiles
    var block = 0
    while block < blocks {
        var row = 0
        var index = 0
        while index < tiles {
            let rows = index < higher ? height &+ 1 : height
            tile(step, rows, row, block)
            row &+= rows
            index &+= 1
        }
        block &+= 1
    }
}

/// The steps with weights of one kind.
private enum RecurrentSteps<Kind: Weights> {
    static func longShortTerm(_ step: borrowing RecurrentStep) { forEachTile(step, runLongShortTermTile) }

    static func gatedReset(_ step: borrowing RecurrentStep) { forEachTile(step, runGatedResetTile) }

    private static func runLongShortTermTile(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
        switch rows {
        case 1: LongShortTermTile<Kind, 1>.run(step, row: row, block: block)
        #if LEVEL_AVX512
            case 2: LongShortTermTile<Kind, 2>.run(step, row: row, block: block)
            case 3: LongShortTermTile<Kind, 3>.run(step, row: row, block: block)
            case 4: LongShortTermTile<Kind, 4>.run(step, row: row, block: block)
            case 5: LongShortTermTile<Kind, 5>.run(step, row: row, block: block)
            default: LongShortTermTile<Kind, 6>.run(step, row: row, block: block)
        #else
            default: LongShortTermTile<Kind, 2>.run(step, row: row, block: block)
        #endif
        }
        finishLongShortTerm(step, rows, row, block)
    }

    private static func runGatedResetTile(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
        switch rows {
        case 1: GatedResetTile<Kind, 1>.run(step, row: row, block: block)
        #if LEVEL_AVX512
            case 2: GatedResetTile<Kind, 2>.run(step, row: row, block: block)
            case 3: GatedResetTile<Kind, 3>.run(step, row: row, block: block)
            case 4: GatedResetTile<Kind, 4>.run(step, row: row, block: block)
            case 5: GatedResetTile<Kind, 5>.run(step, row: row, block: block)
            default: GatedResetTile<Kind, 6>.run(step, row: row, block: block)
        #else
            default: GatedResetTile<Kind, 2>.run(step, row: row, block: block)
        #endif
        }
        finishGatedReset(step, rows, row, block)
    }
}

/// The recurrent steps of this level.
public func recurrentKernels() -> RecurrentKernels {
    RecurrentKernels(
        blockWidth: width,
        longShortTerm: { step in
            switch step.precision {
            case .float: RecurrentSteps<FloatWeights>.longShortTerm(step)
            case .bf16: RecurrentSteps<BFloat16Weights>.longShortTerm(step)
            case .int8Weights: RecurrentSteps<Int8Weights>.longShortTerm(step)
            }
        },
        gatedReset: { step in
            switch step.precision {
            case .float: RecurrentSteps<FloatWeights>.gatedReset(step)
            case .bf16: RecurrentSteps<BFloat16Weights>.gatedReset(step)
            case .int8Weights: RecurrentSteps<Int8Weights>.gatedReset(step)
            }
        })
}
