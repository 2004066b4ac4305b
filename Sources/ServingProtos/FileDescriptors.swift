import CServingProtos

/// The files that describe this server's services and whatever they import, as server reflection hands them out.
public enum FileDescriptors {
    /// A file by its place in the table.
    public struct File: Sendable, Hashable {
        fileprivate let index: Int

        private var entry: UnsafePointer<CServingProtosFile> { cservingprotos_file_at(index)! }

        /// The path that other files import it by.
        public var name: String { String(cString: entry.pointee.name) }

        /// A serialised `google.protobuf.FileDescriptorProto`; valid for ever.
        public var bytes: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: entry.pointee.bytes, count: entry.pointee.byte_count)
        }

        public var imports: [File] {
            UnsafeBufferPointer(start: entry.pointee.imports, count: entry.pointee.import_count).map {
                File(index: Int($0))
            }
        }
    }

    public static var all: [File] { (0..<cservingprotos_file_count).map { File(index: $0) } }

    /// The file called `name`; nil if there is none.
    public static func file(named name: String) -> File? {
        find(name, count: cservingprotos_file_count) { cservingprotos_file_at($0)!.pointee.name }.map(File.init)
    }

    /// The file that declares `symbol`, the full name of a message, field, oneof, enum, enum value, service or method
    /// without a leading dot; nil if none does.
    public static func file(declaring symbol: String) -> File? {
        entry(of: symbol).map { File(index: Int($0.pointee.file)) }
    }

    /// Whether `symbol` is the full name of a message.
    public static func isMessage(_ symbol: String) -> Bool { entry(of: symbol)?.pointee.is_message ?? 0 != 0 }

    private static func entry(of symbol: String) -> UnsafePointer<CServingProtosSymbol>? {
        find(symbol, count: cservingprotos_symbol_count) { cservingprotos_symbol_at($0)!.pointee.name }
            .map { cservingprotos_symbol_at($0)! }
    }

    /// The index of `wanted` in a table that is sorted by the bytes of its names.
    private static func find(_ wanted: String, count: Int, name: (Int) -> UnsafePointer<CChar>) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            let candidate = String(cString: name(middle))
            if candidate == wanted { return middle }
            if candidate.utf8.lexicographicallyPrecedes(wanted.utf8) { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
