import Glibc
import ServingCore
import Tensors

/// The recorded SavedModels, and what TensorFlow read from them.
enum Fixtures {
    static let folder: String = {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return tests + "/Fixtures/SavedModels"
    }()

    static let names = [
        "ref_variables", "resource_variables", "partitioned", "every_type", "asset_table", "two_tag_sets", "defaults",
        "two_shards", "tf2_nested", "keras3_dense", "keras3_saved", "pbtxt",
    ]

    static func path(_ name: String) -> String { folder + "/" + name }

    static func prefix(_ name: String) -> String { path(name) + "/variables/variables" }

    /// A variable as TensorFlow read it from a checkpoint.
    struct Variable {
        let name: String
        let type: String
        let shape: [Int]
        /// The bytes of the elements; for strings one entry per element.
        let data: [[UInt8]]
    }

    static func variables(_ model: String) -> [Variable] {
        let text = String(decoding: read(folder + "/\(model).variables.txt"), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            let shape = columns[2].split(separator: ",").map { Int($0)! }
            let data = columns[3].split(separator: ",", omittingEmptySubsequences: false).map(bytes)
            return Variable(name: String(columns[0]), type: String(columns[1]), shape: shape, data: data)
        }
    }

    private static func bytes(_ hexadecimal: Substring) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)!
        }
    }

    static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "rb") else { preconditionFailure("no file \(path)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        var bytes = [UInt8](repeating: 0, count: ftell(file))
        rewind(file)
        let count = bytes.count
        precondition(fread(&bytes, 1, count, file) == count)
        return bytes
    }
}

/// A copy of a recorded model in a folder of its own, to be damaged; removed at the end.
final class Scratch {
    let path: String

    init(copying name: String? = nil) {
        var template = Array("/tmp/savedmodels-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let name else { return }
        for folder in ["variables", "assets"] { mkdir(path + "/" + folder, 0o755) }
        for file in Scratch.files(Fixtures.path(name), "") {
            write(file, Fixtures.read(Fixtures.path(name) + "/" + file))
        }
    }

    deinit {
        for file in Scratch.files(path, "") { unlink(path + "/" + file) }
        for folder in ["variables", "assets", ""] { rmdir(path + "/" + folder) }
    }

    func write(_ name: String, _ bytes: [UInt8]) {
        guard let file = fopen(path + "/" + name, "wb") else { preconditionFailure("can't write \(name)") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    /// The files below `root`, relative to it.
    static func files(_ root: String, _ folder: String) -> [String] {
        guard let handle = opendir(root + "/" + folder) else { return [] }
        defer { closedir(handle) }
        var found: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            if entry.pointee.d_type == UInt8(DT_DIR) { found += files(root, path) } else { found.append(path) }
        }
        return found.sorted()
    }
}

/// What `body` throws, or nil.
func failure(_ body: () throws(Status) -> Void) -> Status? {
    do throws(Status) { try body() } catch { return error }
    return nil
}
