import Configuration
import GRPC

extension GRPCServer.Options {
    /// Takes over what `--grpc_channel_arguments` sets.
    /// - Returns: a sentence for each argument that has no effect, sorted.
    mutating func take(_ arguments: GRPCChannelArguments) -> [String] {
        var remarks: [String] = []
        for (key, value) in arguments.values.sorted(by: { $0.key < $1.key }) {
            let place = "\(key)=\(value.text) in --grpc_channel_arguments has no effect"
            guard let argument = ChannelArgument.all[key] else {
                remarks.append("\(place): this server has no such setting")
                continue
            }
            guard case .integer(let number) = value, argument.range.contains(number) else {
                remarks.append("\(place): \(argument.expectation)")
                continue
            }
            argument.apply(number, &self)
        }
        if http2.minPingIntervalNanoseconds == nil, arguments.values[ChannelArgument.pingStrikes] != nil {
            http2.minPingIntervalNanoseconds = ChannelArgument.standardPingInterval
        }
        return remarks
    }
}

/// One channel argument of gRPC that this server acts on.
private struct ChannelArgument {
    let range: ClosedRange<Int64>
    let apply: @Sendable (Int64, inout GRPCServer.Options) -> Void

    static let pingStrikes = "grpc.http2.max_ping_strikes"
    /// What gRPC takes if only the strikes are set.
    static let standardPingInterval: UInt64 = 300_000_000_000

    /// The greatest number of milliseconds stands for no limit.
    private static let endless = Int64(Int32.max)

    var expectation: String { "expected a number from \(range.lowerBound) to \(range.upperBound)" }

    /// A time in milliseconds.
    private static func time(
        from lowest: Int64 = 1, _ set: @escaping @Sendable (UInt64?, inout GRPCServer.Options) -> Void
    ) -> ChannelArgument {
        ChannelArgument(range: lowest...endless) { milliseconds, options in
            set(milliseconds == endless ? nil : UInt64(milliseconds) * 1_000_000, &options)
        }
    }

    static let all: [String: ChannelArgument] = [
        "grpc.max_connection_age_ms": time { $1.http2.maxAgeNanoseconds = $0 },
        "grpc.max_connection_age_grace_ms": time(from: 0) { $1.http2.ageGraceNanoseconds = $0 },
        "grpc.max_connection_idle_ms": time { $1.http2.maxIdleNanoseconds = $0 },
        "grpc.keepalive_time_ms": time { $1.http2.keepaliveNanoseconds = $0 ?? .max },
        "grpc.keepalive_timeout_ms": time { $1.http2.keepaliveTimeoutNanoseconds = $0 ?? .max },
        "grpc.http2.min_recv_ping_interval_without_data_ms": time(from: 0) {
            $1.http2.minPingIntervalNanoseconds = $0 ?? .max
        },
        pingStrikes: ChannelArgument(range: 0...endless) { $1.http2.maxPingStrikes = Int($0) },
        "grpc.max_concurrent_streams": ChannelArgument(range: 1...endless) {
            $1.http2.maxConcurrentStreams = Int($0)
        },
        "grpc.max_receive_message_length": ChannelArgument(range: -1...endless) {
            // As in gRPC, -1 stands for no limit but that of the prefix.
            $1.maxReceiveMessageBytes = $0 < 0 ? Int(UInt32.max) : Int($0)
        },
        "grpc.max_metadata_size": ChannelArgument(range: 1...Int64(16 << 20)) {
            $1.http2.maxHeaderListBytes = Int($0)
        },
        "grpc.default_compression_algorithm": ChannelArgument(range: 0...2) {
            // A level, which comes later in the order of the keys, goes before it.
            $1.compression.preference = .encoding(MessageEncoding.allCases[Int($0)])
        },
        "grpc.default_compression_level": ChannelArgument(range: 0...3) {
            $1.compression.preference = .level(Int($0))
        },
        "grpc.compression_enabled_algorithms_bitset": ChannelArgument(range: 0...endless) {
            // The lowest bit is that of messages that are not compressed, which can't be disabled.
            $1.compression.enabled = MessageEncodings.all.intersection(
                MessageEncodings(rawValue: UInt8(truncatingIfNeeded: $0 >> 1)))
        },
        "grpc.so_reuseaddr": ChannelArgument(range: 0...1) { $1.sockets.reusesAddress = $0 == 1 },
        "grpc.so_reuseport": ChannelArgument(range: 0...1) { $1.sockets.sharesPort = $0 == 1 },
    ]
}
