import Testing

@testable import Kernels

/// However a convolution is cut, every place of the result in every panel belongs to exactly one task.
@Suite struct DirectConvolutionPlanTests {
    @Test func tasksCoverEverythingOnce() {
        var numbers = SeededNumbers(31)
        for _ in 0..<500 {
            let axis = { (size: Int) in
                WindowAxis(input: size, window: 1, stride: 1, dilation: 1, before: 0, output: size)
            }
            let (height, width) = (numbers.next(1...60), numbers.next(1...60))
            let geometry = ConvolutionGeometry(
                batch: numbers.next(1...9), depth: .trivial, height: axis(height), width: axis(width),
                inputChannels: 8, outputChannels: 8, groups: 1)
            let panels = numbers.next(1...20)
            let plan = DirectConvolutionPlan(
                geometry, lineBytes: numbers.next(1...500_000), weightBytes: numbers.next(1...5_000_000),
                panelCount: panels, tileRows: numbers.next(4...14), threads: numbers.next(1...9))
            var counts = [Int](repeating: 0, count: geometry.batch * height * panels)
            for task in 0..<plan.taskCount {
                let part = plan.part(task)
                #expect(part.images == 1 || part.lines == height)
                #expect(part.images <= plan.images && part.lines <= plan.lines)
                for image in part.firstImage..<part.firstImage + part.images {
                    for line in part.firstLine..<part.firstLine + part.lines {
                        for panel in part.panels { counts[(image * height + line) * panels + panel] += 1 }
                    }
                }
            }
            #expect(counts.allSatisfy { $0 == 1 }, "\(plan)")
        }
    }

    /// Few places and many weights: each thread reads a part of the weights.
    @Test func columnsOfSmallPicturesAreSplit() {
        let axis = WindowAxis(input: 7, window: 1, stride: 1, dilation: 1, before: 0, output: 7)
        let geometry = ConvolutionGeometry(
            batch: 1, depth: .trivial, height: axis, width: axis, inputChannels: 512, outputChannels: 2048, groups: 1)
        let plan = DirectConvolutionPlan(
            geometry, lineBytes: 7 * 2560 * 4, weightBytes: 512 * 2048 * 4, panelCount: 64, tileRows: 14, threads: 2)
        #expect(plan.lines == 7)
        #expect(plan.panels == 16)
        #expect(plan.taskCount == 4)
    }
}
