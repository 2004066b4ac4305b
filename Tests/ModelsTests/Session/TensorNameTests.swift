import Testing

@testable import Models

@Suite struct TensorNameTests {
    @Test(arguments: [
        ("y", "y", 0), ("y:0", "y", 0), ("y:12", "y", 12), ("a/b:1", "a/b", 1), ("a:b:2", "a:b", 2),
        ("y:007", "y", 7), ("^y", "y", -1), ("^y:1", "^y", 1), ("^", "", -1), ("", "", 0), (":0", "", 0), (":", ":", 0),
        ("y:", "y:", 0), ("y:-1", "y:-1", 0), ("y:+1", "y:+1", 0), ("y: 1", "y: 1", 0), ("12", "12", 0),
        ("é:3", "é", 3),
        // As in TensorFlow, what is beyond 32 bits is lost.
        ("y:4294967296", "y", 0), ("y:99999999999", "y", 1_215_752_191), ("y:4294967295", "y", -1),
    ]) func nameIsTakenApart(_ name: String, _ node: String, _ slot: Int) {
        let parsed = TensorName(name)
        #expect(parsed.node == node)
        #expect(parsed.slot == slot)
    }

    @Test func veryLongNumbersDoNoHarm() {
        let parsed = TensorName("y:" + String(repeating: "9", count: 100_000))
        #expect(parsed.node == "y")
        #expect((Int(Int32.min)...Int(Int32.max)).contains(parsed.slot))
    }
}
