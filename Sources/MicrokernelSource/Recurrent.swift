import MicrokernelTypes

private let width = Lanes.scalarCount

/// The recurrent sums of a block of units of an LSTM for `rows` rows, four gates at a time in registers.
private struct LongShortTermTile<let rows: Int> {
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
        var weights = step.weights + (block &* units &* advance)
        var unit = 0
        repeat {
            let forI = Lanes(loading: weights)
            let forF = Lanes(loading: weights + width)
            let forG = Lanes(loading: weights + 2 &* width)
            let forO = Lanes(loading: weights + 3 &* width)
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
        var sums = step.sums + ((row &* stride &+ block &* width) &* 4)
        var index = 0
        while index < rows {
            add(i[unchecked: index], to: sums)
            add(f[unchecked: index], to: sums + width)
            add(g[unchecked: index], to: sums + 2 &* width)
            add(o[unchecked: index], to: sums + 3 &* width)
            sums += 4 &* stride
            index &+= 1
        }
    }
}

/// The recurrent sums of a block of units of a GRU whose reset gate acts on such a sum.
private struct GatedResetTile<let rows: Int> {
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
        var weights = step.weights + (block &* units &* advance)
        var unit = 0
        repeat {
            let forZ = Lanes(loading: weights)
            let forR = Lanes(loading: weights + width)
            let forU = Lanes(loading: weights + 2 &* width)
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
        var sums = step.sums + (place &* 3)
        var recurrent = step.newHidden + place
        var index = 0
        while index < rows {
            add(z[unchecked: index], to: sums)
            add(r[unchecked: index], to: sums + width)
            u[unchecked: index].store(to: recurrent)
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

private func runLongShortTermTile(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
    switch rows {
    case 1: LongShortTermTile<1>.run(step, row: row, block: block)
    #if LEVEL_AVX512
        case 2: LongShortTermTile<2>.run(step, row: row, block: block)
        case 3: LongShortTermTile<3>.run(step, row: row, block: block)
        case 4: LongShortTermTile<4>.run(step, row: row, block: block)
        case 5: LongShortTermTile<5>.run(step, row: row, block: block)
        default: LongShortTermTile<6>.run(step, row: row, block: block)
    #else
        default: LongShortTermTile<2>.run(step, row: row, block: block)
    #endif
    }
    finishLongShortTerm(step, rows, row, block)
}

private func runGatedResetTile(_ step: borrowing RecurrentStep, _ rows: Int, _ row: Int, _ block: Int) {
    switch rows {
    case 1: GatedResetTile<1>.run(step, row: row, block: block)
    #if LEVEL_AVX512
        case 2: GatedResetTile<2>.run(step, row: row, block: block)
        case 3: GatedResetTile<3>.run(step, row: row, block: block)
        case 4: GatedResetTile<4>.run(step, row: row, block: block)
        case 5: GatedResetTile<5>.run(step, row: row, block: block)
        default: GatedResetTile<6>.run(step, row: row, block: block)
    #else
        default: GatedResetTile<2>.run(step, row: row, block: block)
    #endif
    }
    finishGatedReset(step, rows, row, block)
}

/// The recurrent steps of this level.
public func recurrentKernels() -> RecurrentKernels {
    RecurrentKernels(
        blockWidth: width, longShortTerm: { forEachTile($0, runLongShortTermTile) },
        gatedReset: { forEachTile($0, runGatedResetTile) })
}
