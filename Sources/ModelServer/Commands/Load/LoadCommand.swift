import ServingCore
import TensorFiles

/// `bench --server`: a load generator for a running server.
enum LoadCommand {
    /// Whether the arguments of `bench` mean a running server.
    static func isMeant(by arguments: [String]) -> Bool {
        arguments.contains { $0.drop { $0 == "-" }.split(separator: "=").first == "server" && $0.hasPrefix("-") }
    }

    /// Returns the exit status: 0 if all requests were answered well, 1 if not.
    static func run(_ wanted: LoadArguments) -> Int32 {
        StandardStream.quietLog()
        do throws(Status) {
            if let path = wanted.plot { try FileBytes.checkWritable(path) }
            let report = try LoadTest(wanted).run()
            let isASCII = !Terminal.showsUnicode
            StandardStream.output.write(
                wanted.isJSON ? report.json.text + "\n" : report.text(width: Terminal.width, isASCII: isASCII))
            if let path = wanted.plot { try FileBytes.write(Array(report.picture.utf8), to: path) }
            return report.isClean ? 0 : 1
        } catch {
            StandardStream.error.write("\(error)\n")
            return 1
        }
    }
}
