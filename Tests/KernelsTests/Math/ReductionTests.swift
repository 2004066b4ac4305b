import Graphs
import ServingCore
import Tensors
import Testing
import Threading

/// Reductions of random tensors against plain loops, on one thread and on several; all numbers are exact.
@Suite struct ReductionTests {
    private func plain(
        _ values: [Float], _ shape: [Int], _ axes: Set<Int>, _ combine: (Float, Float) -> Float
    ) -> [Float] {
        let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
        let kept = shape.indices.filter { !axes.contains($0) }
        var result = [Float?](repeating: nil, count: kept.reduce(1) { $0 * shape[$1] })
        for (index, value) in values.enumerated() {
            let target = kept.reduce(0) { $0 * shape[$1] + index / strides[$1] % shape[$1] }
            result[target] = result[target].map { combine($0, value) } ?? value
        }
        return result.map { $0! }
    }

    @Test func reductionsAgreeWithPlainLoops() throws {
        let pool = ThreadPool(name: "test", threadCount: 3)
        defer { pool.stop() }
        let runners = [OpRunner(), OpRunner(threads: pool)]
        var numbers = SeededNumbers(1)
        let problems: [(shape: [Int], axes: [Int])] = [
            ([1, 30, 31, 40], [1, 2]), ([2, 9, 9, 17], [1, 2]), ([3, 7, 5, 300], [1, 2]), ([1, 200, 5, 600], [1]),
            ([5, 77], [1]), ([5, 77], [0]), ([6, 5, 4, 3], [0, 2]), ([6, 5, 4, 33], [0, 2]), ([6, 5, 4, 3], [1, 3]),
            ([3000], [0]), ([4, 16], []), ([2, 3, 1031], [-1]), ([60, 20, 30], [0, 1, 2]),
        ]
        let functions: [(op: String, combine: (Float, Float) -> Float)] = [
            ("Sum", { $0 + $1 }), ("Mean", { $0 + $1 }), ("Max", { max($0, $1) }), ("Min", { min($0, $1) }),
        ]
        for (shape, axes) in problems {
            let input = numbers.tensor(TensorShape(shape))
            let reduced = Set(axes.map { $0 < 0 ? $0 + shape.count : $0 })
            for (op, combine) in functions {
                var expected = plain(input.array(Float.self), shape, reduced, combine)
                let count = Float(reduced.reduce(1) { $0 * shape[$1] })
                if op == "Mean" { expected = expected.map { $0 / count } }
                for runner in runners {
                    let output = try runner.run(op, [:], [input, Tensor(axes.map { Int32($0) })])[0]
                    #expect(output.array(Float.self) == expected, "\(op) \(shape) \(axes)")
                }
            }
        }
    }
}
