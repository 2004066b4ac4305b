import CAllocationCounter
import Glibc
import ModelServer

// The server as it is, in a program whose allocations are counted.
allocation_counter_open(getenv("ALLOCATION_COUNTS"))
let arguments = CommandLine.arguments
_exit(ServerCommand.run(program: arguments.first ?? "model_server", arguments: Array(arguments.dropFirst())))
