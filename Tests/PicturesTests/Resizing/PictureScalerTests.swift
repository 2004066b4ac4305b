import TestSupport
import Testing

@testable import Pictures

@Test func everyMethodAndSizeGivesPillowsPixels() throws {
    #expect(PictureGoldens.scalings.count > 200)
    for golden in PictureGoldens.scalings {
        let picture = try Picture(
            PictureGoldens.file(golden.file), channels: golden.channels, size: golden.size, method: golden.method)
        #expect(picture.size == golden.size)
        let isEqual = picture.pixels == golden.bytes
        #expect(isEqual, "\(golden.file) \(golden.method) to \(golden.size)")
    }
}

@Test(arguments: ResizeMethod.allCases)
func weightsAreOneTogether(_ method: ResizeMethod) {
    var numbers = Seeded(state: 3)
    for _ in 0..<200 {
        let source = Int.random(in: 1...500, using: &numbers)
        let target = Int.random(in: 1...500, using: &numbers)
        guard let table = ResizeWeights(from: source, to: target, method) else {
            #expect(method == .nearest)
            return
        }
        for index in 0..<target {
            let count = Int(table.counts[index])
            #expect(count >= 1 && count <= table.capacity)
            #expect(table.first[index] >= 0 && Int(table.first[index]) + count <= source)
            let sum = table.weights[(index * table.capacity)...].prefix(count).reduce(0, +)
            // Each weight is rounded.
            #expect(abs(Int(sum) - 1 << 22) <= count, "\(source) to \(target), pixel \(index)")
        }
    }
}

private func plain(_ count: Int) -> [UInt8] {
    [[UInt8]](repeating: [0, 77, 255], count: count).flatMap(\.self)
}

@Test(arguments: ResizeMethod.allCases)
func aPlainPictureStaysPlain(_ method: ResizeMethod) throws {
    var numbers = Seeded(state: 11)
    for _ in 0..<40 {
        let source = PictureSize(
            width: Int.random(in: 1...60, using: &numbers), height: Int.random(in: 1...60, using: &numbers))
        let target = PictureSize(
            width: Int.random(in: 1...60, using: &numbers), height: Int.random(in: 1...60, using: &numbers))
        var scaler = try PictureScaler(
            from: source, to: target, channels: 3, method: method, memory: nil)
        let row = plain(source.width)
        for _ in 0..<source.height { scaler.take(row) }
        let result = scaler.finish()
        #expect(result.pixels == plain(target.width * target.height))
    }
}
