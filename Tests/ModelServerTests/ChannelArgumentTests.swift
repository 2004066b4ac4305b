import Configuration
import GRPC
import Testing

@testable import ModelServer

@Suite struct ChannelArgumentTests {
    private func options(_ list: String) throws -> (GRPCServer.Options, [String]) {
        var options = GRPCServer.Options()
        let remarks = options.take(try GRPCChannelArguments(list))
        return (options, remarks)
    }

    @Test func timesOfConnectionsAreTakenOver() throws {
        let (options, remarks) = try options(
            "grpc.max_connection_age_ms=2000,grpc.max_connection_age_grace_ms=0,grpc.max_connection_idle_ms=300,"
                + "grpc.keepalive_time_ms=10,grpc.keepalive_timeout_ms=20")
        #expect(remarks.isEmpty)
        #expect(options.http2.maxAgeNanoseconds == 2_000_000_000)
        #expect(options.http2.ageGraceNanoseconds == 0)
        #expect(options.http2.maxIdleNanoseconds == 300_000_000)
        #expect(options.http2.keepaliveNanoseconds == 10_000_000)
        #expect(options.http2.keepaliveTimeoutNanoseconds == 20_000_000)
    }

    @Test func theGreatestTimeStandsForNoLimit() throws {
        let (options, _) = try options("grpc.max_connection_age_ms=2147483647,grpc.keepalive_time_ms=2147483647")
        #expect(options.http2.maxAgeNanoseconds == nil)
        #expect(options.http2.keepaliveNanoseconds == .max)
    }

    @Test func limitsAndSocketOptionsAreTakenOver() throws {
        let (options, remarks) = try options(
            "grpc.max_concurrent_streams=7,grpc.max_receive_message_length=-1,grpc.max_metadata_size=9000,"
                + "grpc.so_reuseaddr=0,grpc.so_reuseport=1")
        #expect(remarks.isEmpty)
        #expect(options.http2.maxConcurrentStreams == 7 && options.http2.maxHeaderListBytes == 9000)
        #expect(options.maxReceiveMessageBytes == Int(UInt32.max))
        #expect(!options.sockets.reusesAddress && options.sockets.sharesPort)
    }

    @Test func compressionIsTakenOver() throws {
        let (algorithm, remarks) = try options("grpc.default_compression_algorithm=2")
        #expect(remarks.isEmpty && algorithm.compression.preference == .encoding(.gzip))
        #expect(try options("grpc.default_compression_algorithm=1").0.compression.preference == .encoding(.deflate))
        #expect(try options("grpc.default_compression_algorithm=0").0.compression.preference == .encoding(.identity))
        let both = "grpc.default_compression_level=3,grpc.default_compression_algorithm=2"
        #expect(try options(both).0.compression.preference == .level(3))
        for (bits, encodings) in [(0, []), (1, []), (3, .deflate), (4, .gzip), (255, .all)] as [(Int, MessageEncodings)]
        {
            #expect(
                try options("grpc.compression_enabled_algorithms_bitset=\(bits)").0.compression.enabled == encodings)
        }
        #expect(try options("grpc.default_compression_algorithm=3").1.count == 1)
        #expect(try options("grpc.default_compression_level=gzip").1.count == 1)
    }

    @Test func pingsAreLimitedOnlyWhenAsked() throws {
        #expect(try options("").0.http2.minPingIntervalNanoseconds == nil)
        let (strikes, _) = try options("grpc.http2.max_ping_strikes=5")
        #expect(strikes.http2.maxPingStrikes == 5)
        #expect(strikes.http2.minPingIntervalNanoseconds == 300_000_000_000)
        let (interval, _) = try options("grpc.http2.min_recv_ping_interval_without_data_ms=100")
        #expect(interval.http2.maxPingStrikes == 2)
        #expect(interval.http2.minPingIntervalNanoseconds == 100_000_000)
    }

    @Test func whatHasNoEffectIsSaid() throws {
        let (options, remarks) = try options(
            "grpc.lb_policy_name=grpclb,grpc.max_connection_age_ms=soon,grpc.max_concurrent_streams=0")
        #expect(options.http2.maxAgeNanoseconds == nil && options.http2.maxConcurrentStreams == 1024)
        #expect(
            remarks == [
                "grpc.lb_policy_name=grpclb in --grpc_channel_arguments has no effect: this server has no such setting",
                "grpc.max_concurrent_streams=0 in --grpc_channel_arguments has no effect: expected a number from 1 to "
                    + "2147483647",
                "grpc.max_connection_age_ms=soon in --grpc_channel_arguments has no effect: expected a number from 1 to "
                    + "2147483647",
            ])
    }
}
