import Batching
import CServingProtos
import ServingCore
import ServingProtos
import TestSupport
import Testing

@testable import Configuration

private func parameters(_ text: String) throws(Status) -> BatchingParameters {
    try BatchingParameters(
        try TextFormat.parse(text, fileName: "b", as: Tensorflow__Serving__BatchingParameters.self))
}

@Test func whatIsLeftOutHasItsDefault() throws {
    let standard = try parameters("")
    #expect(standard == BatchingParameters())
    #expect(standard.maximumBatchSize == 1000 && standard.maximumEnqueuedBatches == 10)
    #expect(standard.batchTimeoutMicroseconds == 0 && standard.batchThreads == nil)
    #expect(standard.threadPoolName == "batch_threads" && !standard.splitsLargeBatches)
}

@Test func everyParameterIsRead() throws {
    let read = try parameters(
        """
        max_batch_size { value: 128 }
        batch_timeout_micros { value: 500 }
        max_enqueued_batches { value: 0 }
        num_batch_threads { value: 3 }
        thread_pool_name { value: "pool" }
        allowed_batch_sizes: 8
        allowed_batch_sizes: [32, 128]
        pad_variable_length_inputs: true
        enable_large_batch_splitting { value: false }
        max_execution_batch_size { value: 64 }
        """)
    #expect(read.maximumBatchSize == 128 && read.batchTimeoutMicroseconds == 500)
    #expect(read.maximumEnqueuedBatches == 1 && read.batchThreads == 3 && read.threadPoolName == "pool")
    #expect(read.allowedBatchSizes == [8, 32, 128] && read.padsVariableLengthInputs)
    #expect(!read.splitsLargeBatches && read.maximumExecutionBatchSize == 64)
}

@Test(arguments: [
    ("num_batch_threads { value: 0 }", "num_batch_threads must be positive; was 0"),
    ("max_batch_size { value: 0 }", "input_batch_size_limit must be positive; was 0"),
    ("batch_timeout_micros { value: -1 }", "batch_timeout_micros must be non-negative; was -1"),
    ("max_enqueued_batches { value: -1 }", "max_enqueued_batches must be positive; was -1"),
    (
        "max_enqueued_batches {} enable_large_batch_splitting { value: true }",
        "max_enqueued_batches must be positive; was 0"
    ),
    (
        "max_batch_size { value: 100 } allowed_batch_sizes: [8, 64]",
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 64; expected 100"
    ),
    (
        "max_batch_size { value: 8 } enable_large_batch_splitting { value: true } max_execution_batch_size { value: 9 }",
        "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
            + "max_execution_batch_size."
    ),
])
func parameterOutOfRangeIsRefused(text: String, message: String) {
    #expect(throws: Status.invalidArgument(message)) { try parameters(text) }
}

@Test func allowedSizesEndAtTheExecutionSizeWhenRequestsAreSplit() throws {
    let read = try parameters(
        "max_batch_size { value: 1000 } enable_large_batch_splitting { value: true } "
            + "max_execution_batch_size { value: 32 } allowed_batch_sizes: [8, 32]")
    #expect(read.splitsLargeBatches && read.allowedBatchSizes == [8, 32])
}

@Test func versionsBringTheirParametersInAFile() throws {
    let directory = TemporaryDirectory()
    #expect(try BatchingParameters(inVersion: directory.path) == nil)
    #expect(try BatchingParameters(inVersion: directory.path + "/missing") == nil)
    let file = directory.write("batching_params.pbtxt", "max_batch_size { value: 7 }")
    #expect(try BatchingParameters(inVersion: directory.path)?.maximumBatchSize == 7)
    directory.write("batching_params.pbtxt", "# none\n\nmax_batch_size: 7")
    #expect {
        try BatchingParameters(inVersion: directory.path)
    } throws: { error in
        let status = error as? Status
        let expected =
            "Invalid protobuf file: '\(file)': Error parsing text-format tensorflow.serving.BatchingParameters: 3:1"
        return status?.code == .invalidArgument && status?.message.hasPrefix(expected) == true
    }
    directory.write(
        "batching_params.pbtxt", "max_batch_size { value: 7 }\nallowed_batch_sizes: 2\nallowed_batch_sizes: 4")
    let text = "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 4; expected 7 (\(file):3)"
    #expect(throws: Status.invalidArgument(text)) { try BatchingParameters(inVersion: directory.path) }
}
