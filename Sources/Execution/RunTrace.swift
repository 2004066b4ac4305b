import Threading

/// What the steps of one run take. Confined to the thread that runs, until the recorder takes it back.
public final class RunTrace {
    let label: RunLabel
    let thread: Recording.Thread
    /// Tells which recording it belongs to.
    let generation: UInt64
    let begin: UInt64
    private let clock: any Clock
    private let budget: StepBudget
    let observer: (any StepObserver)?
    private(set) var programs: [StepNames] = []
    private(set) var steps: [Recording.Step] = []
    private(set) var dropped = 0
    /// Steps that may be recorded before the budget must be asked again.
    private var room = 0
    private var depth: Int32 = 0
    /// How often steps of a program began.
    private(set) var entries = 0

    init(
        label: RunLabel, generation: UInt64, budget: StepBudget, observer: (any StepObserver)?, clock: any Clock
    ) {
        self.label = label
        self.generation = generation
        self.budget = budget
        self.observer = observer
        self.clock = clock
        thread = .current
        begin = clock.nanoseconds()
    }

    deinit { budget.give(back: room) }

    func now() -> UInt64 { clock.nanoseconds() }

    /// Begins the steps of a program, which may be called by a step of another; its number stands in their records.
    func enter(_ names: StepNames) -> Int32 {
        depth += 1
        entries += 1
        // A loop calls the same few programs again and again.
        if let known = programs.lastIndex(where: { $0 === names }) { return Int32(known) }
        programs.append(names)
        return Int32(programs.count - 1)
    }

    func leave() { depth -= 1 }

    /// Records a step of the innermost program that has begun at `begin` and has ended now. Steps that it called have
    /// been recorded before. Returns the time.
    func stepEnds(_ index: Int, of program: Int32, begin: UInt64) -> UInt64 {
        let now = clock.nanoseconds()
        if room == 0 { room = budget.take() }
        guard room > 0 else {
            dropped += 1
            return now
        }
        room -= 1
        steps.append(
            Recording.Step(
                program: program, index: Int32(truncatingIfNeeded: index), depth: depth - 1, begin: begin,
                nanoseconds: now &- begin))
        return now
    }
}
