import Execution

extension Recording {
    /// The steps of `run` in the order in which they began, each before what it called.
    func stepsInOrder(of run: Run) -> [Step] {
        // They stand in the order in which they ended; of two that began at the same time the outer one is first.
        steps[run.steps].sorted { $0.begin != $1.begin ? $0.begin < $1.begin : $0.depth < $1.depth }
    }
}
