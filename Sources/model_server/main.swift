import Glibc
import ModelServer

let arguments = CommandLine.arguments
// Other threads still run: end without calling destructors under their feet.
_exit(ServerCommand.run(program: arguments.first ?? "model_server", arguments: Array(arguments.dropFirst())))
