import Configuration
import Glibc
import Kernels
import MicrokernelTypes
import ServingCore
import Transports

/// The server as a command: from its arguments to its exit status.
public struct ServerCommand {
    private let flags: Flags
    private let options: ServerOptions

    /// The exit status for everything that keeps the server from starting, as TensorFlow Serving's.
    private static let failure: Int32 = 255

    /// Runs the server until it is told to stop, or the command that the arguments name instead.
    /// - Parameter arguments: without the program's name.
    /// - Returns: the exit status: 0 after an orderly end, 255 if it could not start.
    public static func run(program: String, arguments: [String]) -> Int32 {
        if let (command, arguments) = SubCommand.find(in: arguments) { return command.run(program, arguments) }
        OpenBLAS.prepareEnvironment()
        Signals.block()
        let flags: Flags
        do throws(Status) {
            flags = try Flags(arguments)
        } catch {
            Log.error(error.message)
            write(Flags.usage(program: program))
            return failure
        }
        if flags.bool("help") {
            write(Flags.usage(program: program))
            return 0
        }
        if flags.bool("version") {
            write(ServerVersion.text + "\n")
            return 0
        }
        if let unknown = flags.unknownArguments.first {
            let advice = Flags.advice(on: unknown, commands: SubCommand.all.map(\.name)).map { "\($0)\n" } ?? ""
            write("unknown argument: \(unknown)\n\(advice)" + Flags.usage(program: program))
        }
        do throws(Status) {
            return try ServerCommand(flags).serve()
        } catch {
            write("Failed to start server. Error: \(error)\n")
            return failure
        }
    }

    private init(_ flags: Flags) throws(Status) {
        self.flags = flags
        options = try ServerOptions(flags)
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private func serve() throws(Status) -> Int32 {
        let signals = SignalWatch()
        let telemetry = Telemetry(options, environment: Telemetry.variable)
        defer { telemetry.stop() }
        signals.beforeEnd { telemetry.hurry() }
        OpenFiles.raiseLimit()
        try ServerOptions.checkFiles(flags)
        let configuration = try options.loadModels()
        var settings = try Server.Settings(options, configuration)
        settings.telemetry = telemetry
        let remarks = flags.remarks + configuration.remarks + settings.remarks + telemetry.remarks
        for remark in remarks { Log.warning(remark) }
        Log.info(ProcessorLevel.summary)
        Log.info(settings.batching.summary(computeThreads: settings.computeThreads))
        let server = try Server(settings)
        let watch = watchConfigurationFile(server, signals)
        defer { watch?.stop() }
        if options.exitsOnLoadFailure, let failure = server.waitForLoadFailure() { throw failure }
        if options.waitsForModels { server.waitForModels() }
        signals.beginServing()
        try listen(server)
        return waitForEnd(of: server, signals)
    }

    /// Reads the file with the list of models again when its time has come or SIGHUP asks for it; nil without a file.
    private func watchConfigurationFile(_ server: Server, _ signals: SignalWatch) -> ConfigurationFileWatch? {
        guard case .file(let path) = options.models else { return nil }
        let watch = ConfigurationFileWatch(pollSeconds: options.configurationPollSeconds) { () throws(Status) in
            let configuration = try ModelServerConfiguration(contentsOf: path)
            // An editor or a copy empties a file before it fills it.
            guard configuration.hasList else {
                throw .invalidArgument("\(path) has no model_config_list; an empty one has to be written out")
            }
            return configuration
        } apply: { configuration, complete in
            server.reload(configuration, complete: complete)
        }
        signals.onHangUp { watch.readNow() }
        return watch
    }

    private func listen(_ server: Server) throws(Status) {
        do throws(Status) {
            if let port = options.port {
                let actual = try server.listen(on: .port(port)) ?? port
                Log.info("Running gRPC ModelServer at 0.0.0.0:\(actual) ...")
            }
            if let path = options.socketPath {
                try server.listen(on: .unixSocket(path: path))
                Log.info("Running gRPC ModelServer at UNIX socket \(path) ...")
            }
        } catch {
            throw Status(.invalidArgument, "Failed to BuildAndStart gRPC server: \(error.message)")
        }
        listenREST(server)
    }

    /// As TensorFlow Serving, a server that does not get its REST port runs without.
    private func listenREST(_ server: Server) {
        guard let port = options.rest?.port else { return }
        do throws(Status) {
            let actual = try server.listenREST(on: .port(port)) ?? port
            Log.info("Exporting HTTP/REST API at:localhost:\(actual) ...")
        } catch {
            Log.error("Failed to start HTTP Server at localhost:\(port): \(error.message)")
        }
    }

    /// Serves until SIGTERM or SIGINT, then finishes the calls in flight; a second signal ends the process at once.
    private func waitForEnd(of server: Server, _ signals: SignalWatch) -> Int32 {
        let signal = signals.waitForEnd()
        server.announceEnd()
        if options.drainLagSeconds > 0 {
            let lag = UInt32(options.drainLagSeconds)
            Log.info("Received signal \(signal): not ready any more, taking calls for \(lag) s more")
            sleep(lag)
        }
        let seconds = UInt64(options.drainTimeoutSeconds)
        Log.info("Received signal \(signal): finishing \(server.callsInProgress) calls within \(seconds) s")
        let isComplete = server.drain(withinSeconds: seconds)
        if isComplete {
            Log.info("All calls are answered; stopping")
        } else {
            Log.warning("The time to finish calls is over; the rest was cut off")
        }
        return 0
    }
}
