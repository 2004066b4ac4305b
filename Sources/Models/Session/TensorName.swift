/// A tensor's name in a graph, taken apart as TensorFlow does it: `node`, `node:slot` or `^node`.
struct TensorName: Hashable {
    let node: String
    /// -1 for a name that only means that the node runs.
    let slot: Int

    init(_ name: String) {
        let bytes = Array(name.utf8)
        let digits = bytes.reversed().prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
        let colon = bytes.count - digits - 1
        if digits > 0, colon >= 0, bytes[colon] == UInt8(ascii: ":") {
            node = String(decoding: bytes[..<colon], as: UTF8.self)
            // As there, what is beyond 32 bits is lost.
            let number = bytes[(colon + 1)...].reduce(UInt32(0)) { $0 &* 10 &+ UInt32($1 - UInt8(ascii: "0")) }
            slot = Int(Int32(bitPattern: number))
        } else if bytes.first == UInt8(ascii: "^") {
            node = String(decoding: bytes[1...], as: UTF8.self)
            slot = -1
        } else {
            node = name
            slot = 0
        }
    }
}
