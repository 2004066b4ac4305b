/// Scales rows to another width, each by itself.
struct RowWeigher {
    private let table: ResizeWeights
    /// 1 or 3.
    private let channels: Int

    init(_ table: ResizeWeights, channels: Int) {
        self.table = table
        self.channels = channels
    }

    /// Writes the scaled `row` to `result`.
    func weigh(_ row: UnsafePointer<UInt8>, into result: UnsafeMutablePointer<UInt8>) {
        table.weights.withUnsafeBufferPointer { weights in
            for index in table.first.indices {
                let start = row + Int(table.first[index]) &* channels
                let line = UnsafeBufferPointer(
                    rebasing: weights[(index &* table.capacity)...].prefix(Int(table.counts[index])))
                if channels == 1 {
                    result[index] = RowWeigher.grey(start, line)
                } else {
                    RowWeigher.color(start, line, result + index &* 3)
                }
            }
        }
    }

    private static func grey(_ pixels: UnsafePointer<UInt8>, _ weights: UnsafeBufferPointer<Int32>) -> UInt8 {
        var sum = ResizeWeights.half
        for position in weights.indices { sum &+= weights[position] &* Int32(pixels[position]) }
        return ResizeWeights.pixel(sum)
    }

    private static func color(
        _ pixels: UnsafePointer<UInt8>, _ weights: UnsafeBufferPointer<Int32>, _ result: UnsafeMutablePointer<UInt8>
    ) {
        var sums = SIMD4<Int32>(repeating: ResizeWeights.half)
        var pixel = pixels
        for weight in weights {
            sums &+= SIMD4<Int32>(Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]), 0) &* weight
            pixel += 3
        }
        result[0] = ResizeWeights.pixel(sums[0])
        result[1] = ResizeWeights.pixel(sums[1])
        result[2] = ResizeWeights.pixel(sums[2])
    }
}
