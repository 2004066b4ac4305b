import Graphs
import ServingCore
import Tensors
import Testing
import Threading

/// Transposes of random tensors against plain loops, on one thread and on several.
@Suite struct TransposeTests {
    private func permutations(_ rank: Int) -> [[Int]] {
        guard rank > 0 else { return [[]] }
        return permutations(rank - 1).flatMap { rest in
            (0..<rank).map { position in
                var result = rest
                result.insert(rank - 1, at: position)
                return result
            }
        }
    }

    private func plain(_ values: [Float], _ shape: [Int], _ permutation: [Int]) -> [Float] {
        let strides = shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
        var result: [Float] = []
        func visit(_ dimension: Int, _ offset: Int) {
            guard dimension < permutation.count else { return result.append(values[offset]) }
            let axis = permutation[dimension]
            for index in 0..<shape[axis] { visit(dimension + 1, offset + index * strides[axis]) }
        }
        visit(0, 0)
        return result
    }

    @Test func everyOrderOfDimensions() throws {
        let pool = ThreadPool(name: "test", threadCount: 3)
        defer { pool.stop() }
        let runners = [OpRunner(), OpRunner(threads: pool)]
        var numbers = SeededNumbers(1)
        for rank in 2...4 {
            for permutation in permutations(rank) {
                let shape = (0..<rank).map { _ in numbers.next(1...(rank == 2 ? 90 : 19)) }
                let input = numbers.tensor(TensorShape(shape))
                let expected = plain(input.array(Float.self), shape, permutation)
                for runner in runners {
                    let output = try runner.run("Transpose", [:], [input, Tensor(permutation.map { Int32($0) })])[0]
                    #expect(output.shape == TensorShape(permutation.map { shape[$0] }))
                    #expect(output.array(Float.self) == expected, "\(shape) \(permutation)")
                }
            }
        }
    }

    /// Large enough for several threads.
    @Test func largeMatricesOnSeveralThreads() throws {
        let pool = ThreadPool(name: "test", threadCount: 3)
        defer { pool.stop() }
        var numbers = SeededNumbers(2)
        for shape in [[1000, 333], [77, 2049]] {
            let input = numbers.tensor(TensorShape(shape))
            let output = try OpRunner(threads: pool).run("Transpose", [:], [input, Tensor([Int32(1), 0])])[0]
            #expect(output.array(Float.self) == plain(input.array(Float.self), shape, [1, 0]))
        }
    }
}
