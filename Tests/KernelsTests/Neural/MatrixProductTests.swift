import Graphs
import Kernels
import ServingCore
import Tensors
import Testing
import Threading

@Suite struct MatrixProductTests {
    @Test func productsSplitOverThreadsAreTheSame() throws {
        let pool = ThreadPool(name: "test", threadCount: 3)
        defer { pool.stop() }
        var numbers = SeededNumbers(7)
        for (m, n, k) in [(200, 40, 300), (1, 3000, 400), (30, 900, 100), (3000, 1, 400), (5, 7, 3)] {
            let (a, b) = (numbers.tensor([m, k]), numbers.tensor([k, n]))
            let alone = try OpRunner().run("MatMul", [:], [a, b])[0].array(Float.self)
            let split = try OpRunner(threads: pool).run("MatMul", [:], [a, b])[0].array(Float.self)
            #expect(split == alone, "\(m) x \(n) x \(k)")
        }
    }

    @Test func threadsMultiplyAtTheSameTime() throws {
        let pool = ThreadPool(name: "test", threadCount: 4)
        defer { pool.stop() }
        var numbers = SeededNumbers(8)
        let (a, b) = (numbers.tensor([64, 96]), numbers.tensor([96, 80]))
        let expected = try OpRunner().run("MatMul", [:], [a, b])[0].array(Float.self)
        let wrong = ConditionLock(0)
        pool.parallelFor(64, minimumChunk: 1) { range in
            for _ in range {
                let output = try? OpRunner().run("MatMul", [:], [a, b])[0].array(Float.self)
                if output != expected { wrong.withLock { $0 += 1 } }
            }
        }
        let failures = wrong.withLock { $0 }
        #expect(failures == 0)
    }

    /// What a vector product finds in its result's memory must not matter.
    @Test func productsDoNotReadTheirResult() throws {
        let runner = OpRunner()
        var numbers = SeededNumbers(9)
        let nan = Tensor([Float](repeating: .nan, count: 64), shape: [1, 64])
        for (m, n) in [(1, 64), (64, 1), (8, 8)] {
            // Leaves memory full of values that are not numbers behind.
            _ = try runner.run("Relu", [:], [nan])
            let output = try runner.run("MatMul", [:], [numbers.tensor([m, 16]), numbers.tensor([16, n])])[0]
            #expect(output.array(Float.self).allSatisfy { $0.isFinite })
        }
    }

    @Test func libraryTellsItsKernels() throws {
        let library = try OpenBLAS.load()
        #expect(!library.coreName.isEmpty)
        #expect(library.configuration.hasPrefix("OpenBLAS"))
    }
}
