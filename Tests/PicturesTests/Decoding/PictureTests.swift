import ServingCore
import Synchronization
import TestSupport
import Testing

@testable import Pictures

@Test func everyKindOfFileGivesPillowsPixels() throws {
    #expect(PictureGoldens.conversions.count > 50)
    for golden in PictureGoldens.conversions {
        let picture = try Picture(PictureGoldens.file(golden.file), channels: golden.channels)
        #expect(picture.size == golden.size, "\(golden.file)")
        #expect(picture.pixels == golden.bytes, "\(golden.file) with \(golden.channels) channels")
    }
}

@Test(arguments: [
    ("GIF89a........", "a GIF picture"), ("RIFF....WEBPVP8 ", "a WebP picture"), ("BM......", "a BMP picture"),
    ("....ftypheic....", "a HEIF, AVIF or video file"), ("%PDF-1.7", "a PDF file"),
    ("{\"instances\": [1]}", "18 bytes that begin with \"{\"instances\": [1\""), ("", "nothing"),
    ("\u{1}\u{2}", "2 bytes that begin with 01 02"),
])
func otherFormatsAreRefusedByName(_ text: String, _ name: String) {
    let expected = Status.invalidArgument("expected a picture in PNG or JPEG, got \(name)")
    #expect(throws: expected) { try Picture(Array(text.utf8), channels: 3) }
}

@Test func damagedFilesAreRefusedWithTheReason() {
    func failure(_ file: [UInt8]) -> String {
        do {
            _ = try Picture(file, channels: 3)
            return "none"
        } catch {
            return (error as? Status)?.description ?? "another error"
        }
    }
    let png = PictureGoldens.file("rgb8.png")
    #expect(failure(Array(png[..<60])) == "INVALID_ARGUMENT: the PNG picture is damaged: end of data")
    var broken = png
    broken[20] ^= 1
    #expect(failure(broken) == "INVALID_ARGUMENT: the PNG picture is damaged: IHDR: CRC error")
    let jpeg = PictureGoldens.file("rgb420.jpg")
    #expect(
        failure(Array(jpeg[..<(jpeg.count - 100)]))
            == "INVALID_ARGUMENT: the JPEG picture is damaged: it ends too early")
    #expect(failure([0xff, 0xd8, 0xff, 0xd9]).hasPrefix("INVALID_ARGUMENT: the JPEG picture is damaged: "))
}

@Test func largePicturesAreRefusedBeforeTheyTakeMemory() throws {
    let file = PictureGoldens.file("rgb8.png")
    let small = PictureLimits(maximumPixels: 37 * 23 - 1)
    let expected = Status.invalidArgument("the picture has 37×23 pixels, which are more than the limit of 850")
    #expect(throws: expected) { try Picture(file, channels: 3, limits: small) }
    _ = try Picture(file, channels: 3, limits: PictureLimits(maximumPixels: 37 * 23))
    #expect(throws: Status.invalidArgument("the picture has 70000×1 pixels, but no side may be longer than 65535")) {
        try PictureLimits().check(PictureSize(width: 70000, height: 1))
    }
}

@Test func scalingKeepsNoRows() throws {
    for (source, target) in [((1, 60000), (1000, 10)), ((60000, 10), (10, 60)), ((9, 50000), (8, 8))] {
        let memory = PictureMemory(limit: 1 << 20)
        var scaler = try PictureScaler(
            from: PictureSize(width: source.0, height: source.1), to: PictureSize(width: target.0, height: target.1),
            channels: 3, method: .bicubic, memory: memory)
        #expect(memory.byteCount < 300_000)
        let row = [UInt8](repeating: 9, count: source.0 * 3)
        for _ in 0..<source.1 { scaler.take(row) }
        #expect(scaler.finish().pixels.allSatisfy { $0 == 9 })
    }
}

@Test func memoryIsSharedAndGivenBack() throws {
    let memory = PictureMemory(limit: 4 << 20)
    for golden in PictureGoldens.conversions {
        _ = try Picture(PictureGoldens.file(golden.file), channels: 3, limits: PictureLimits(memory: memory))
        #expect(memory.byteCount == 0, "\(golden.file)")
    }
    let little = PictureMemory(limit: 1000)
    #expect(throws: Status.self) {
        try Picture(PictureGoldens.file("rgb8.png"), channels: 3, limits: PictureLimits(memory: little))
    }
    #expect(little.byteCount == 0)
}

@Test func aPictureThatNobodyWaitsForIsLeft() {
    for name in ["rgb8.png", "rgb8_interlaced.png", "rgb420.jpg", "rgb_progressive.jpg"] {
        let status = Status(.cancelled, "enough")
        #expect(throws: status) {
            try Picture(PictureGoldens.file(name), channels: 3, limits: PictureLimits(interruption: { status }))
        }
    }
}

@Test func mutatedFilesNeverDoHarm() {
    var numbers = Seeded(state: 7)
    let limits = PictureLimits(maximumPixels: 1 << 16, memory: PictureMemory(limit: 8 << 20))
    let names = Set(PictureGoldens.conversions.map(\.file)).sorted()
    var read = 0
    for round in 0..<1500 {
        var file = PictureGoldens.file(names[round % names.count])
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let position = Int.random(in: 2..<file.count, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: file[position] = UInt8.random(in: 0...255, using: &numbers)
            case 1: file[position] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            case 2: file.removeSubrange(position..<min(file.count, position + 5))
            default: file = Array(file[..<max(3, position)])
            }
        }
        let size = PictureSize(width: 8, height: 8)
        if (try? Picture(file, channels: round % 2 == 0 ? 1 : 3, size: size, limits: limits)) != nil { read += 1 }
        #expect(limits.memory?.byteCount == 0)
    }
    // Damage behind the last row, or within the pixels of a JPEG, is not noticed; most is.
    #expect(read < 1200)
}
