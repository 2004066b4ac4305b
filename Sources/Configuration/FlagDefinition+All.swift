import Batching
import Glibc
import Servables

extension FlagDefinition {
    /// Every flag of TensorFlow Serving's server, with its name, kind and default value, and the few of our own.
    public static let all: [FlagDefinition] =
        endpoints + models + versions + loading + batching + engine + files + accelerators + own

    /// Processors that this machine has online.
    private static let processors = Int32(clamping: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private static let withoutTFLite = FlagEffect.none("TFLite models run on the threads that all models share")
    private static let processorOnly = FlagEffect.none("this server computes on processors only")

    private static let endpoints: [FlagDefinition] = [
        .init("port", .int32(8500), "TCP port of the gRPC server; 0: none"),
        .init(
            "grpc_socket_path", .string(""), "Path of a UNIX socket the gRPC server listens on, too; empty: none"),
        .init("rest_api_port", .int32(0), "TCP port of the HTTP/REST server; 0: none"),
        .init(
            "rest_api_num_threads", .int32(4 &* processors),
            "Threads that read HTTP/REST requests and write answers; without this flag as many as there are processors"),
        .init(
            "rest_api_timeout_in_ms", .int32(30000), "Milliseconds an HTTP/REST call may take; 0 or less: any time"),
        .init(
            "rest_api_enable_cors_support", .bool(false), "Whether HTTP/REST answers carry CORS headers"),
        .init(
            "grpc_max_threads", .int32(4 &* processors),
            .none("calls do not hold a thread each; event loops and compute threads follow the number of processors"),
            "Most threads that gRPC calls may occupy"),
        .init(
            "grpc_channel_arguments", .string(""),
            "Comma-separated list of gRPC channel arguments, key=value each: ages and idle time of connections, keepalive, "
                + "limits of pings, streams, messages and metadata, compression and socket options act, others are ignored"
        ),
        .init(
            "ssl_config_file", .string(""),
            "Text file of an SSLConfig: TLS key and certificates of the gRPC port, and whether clients must show theirs; "
                + "empty: no TLS"),
        .init(
            "rest_api_ssl_config_file", .string(""),
            "Text file of an SSLConfig: the same for the HTTP/REST port (not in TensorFlow Serving, whose REST port has no "
                + "TLS)"),
        .init(
            "enable_grpc_healthcheck_service", .bool(false),
            "Whether the standard gRPC health service is offered; without this flag it is, unlike in TensorFlow Serving"
        ),
        .init(
            "enable_profiler", .bool(true), "Whether the profiler service is offered, which records kernels when asked"),
        .init(
            "use_alts_credentials", .bool(false),
            "Whether ALTS credentials are used; refused, they exist on Google Cloud only"),
    ]

    private static let models: [FlagDefinition] = [
        .init("model_name", .string("default"), "Name of the model; not used with --model_config_file"),
        .init(
            "model_base_path", .string(""),
            "Folder of the model's version folders; not used with --model_config_file"),
        .init("model_config_file", .string(""), "Text file of a ModelServerConfig that lists the models to serve"),
        .init(
            "model_config_file_poll_wait_seconds", .int32(0),
            "Seconds between two looks at --model_config_file; 0: it is read again on SIGHUP only"),
        .init(
            "allow_version_labels_for_unavailable_models", .bool(false),
            "Whether a label may be given to a version that is not available yet"),
        .init("saved_model_tags", .string("serve"), "Comma-separated tags of the meta graph to load"),
        .init(
            "enable_signature_method_name_check", .bool(false),
            "Whether a signature's method name must fit the method that is called"),
    ]

    private static let versions: [FlagDefinition] = [
        .init(
            "file_system_poll_wait_seconds", .int32(1),
            "Seconds between two looks for versions; 0: one look at the start, less than 0: none"),
        .init(
            "version_transition_policy", .string(TransitionPolicy.availabilityPreserving.rawValue),
            "What comes first when other versions are wanted: availability_preserving loads, resource_preserving unloads "
                + "(not in TensorFlow Serving)"),
        .init(
            "keep_previous_versions", .int32(0),
            "Versions of a model that stay in memory after others replaced them, so that going back takes no load "
                + "(not in TensorFlow Serving)"),
        .init(
            "model_memory_budget_mb", .int64(0),
            "MiB that all loaded models together may take; those beyond are loaded when they are asked for; 0: no limit "
                + "(not in TensorFlow Serving)"),
        .init(
            "pinned_models", .string(""),
            "Comma-separated names of models that are never unloaded for want of memory (not in TensorFlow Serving)"),
    ]

    private static let loading: [FlagDefinition] = [
        .init("num_load_threads", .int32(0), "Threads that load models; 0: two"),
        .init("num_unload_threads", .int32(0), "Threads that unload models; 0: one"),
        .init("max_num_load_retries", .int32(5), "How often a load that failed for a passing reason is tried again"),
        .init(
            "load_retry_interval_micros", .int64(60_000_000), "Microseconds between two attempts to load; < 0: none"),
        .init(
            "enable_model_warmup", .bool(true),
            "Whether a version runs its warm-up requests, or made-up inputs if it has none, before it is served"),
        .init(
            "num_request_iterations_for_warmup", .int32(0), "How often each warm-up request is run; 0: once"),
        .init(
            "flush_filesystem_caches", .bool(true), .none("local files have no cache of the server's own"),
            "Whether file system caches are flushed after the first load"),
        .init(
            "remove_unused_fields_from_bundle_metagraph", .bool(true),
            .none("what is not needed to serve is never kept"),
            "Whether parts of a model that are not needed to serve are dropped"),
        .init(
            "prefer_tflite_model", .bool(false),
            "Whether a version that has a model.tflite is served from it instead of from its SavedModel"),
        .init("num_tflite_pools", .int32(processors), withoutTFLite, "Pools of TensorFlow Lite interpreters"),
        .init(
            "num_tflite_interpreters_per_pool", .int32(1), withoutTFLite,
            "Interpreters in each TensorFlow Lite pool"),
    ]

    private static let batching: [FlagDefinition] = [
        .init(
            "enable_batching", .bool(false),
            "Whether requests that arrive together are run together; models with batching_parameters of their own in "
                + "--model_config_file are batched without this flag, too"),
        .init(
            "batching_parameters_file", .string(""),
            "Text file of BatchingParameters; empty: the defaults. Needs --enable_batching"),
        .init(
            "enable_per_model_batching_parameters", .bool(false),
            "Whether batches are made by the batching_params.pbtxt in each version's folder, and versions without that file "
                + "are not batched; threads still come from --batching_parameters_file. Needs --enable_batching"),
        .init(
            "batch_scheduling", .string(BatchScheduler.Policy.adaptive.rawValue),
            "When a batch that is not full is run: adaptive does not let requests wait while a thread is idle, unless that "
                + "pays, and batch_timeout_micros is the longest wait; strict always waits as TensorFlow Serving does (not in "
                + "TensorFlow Serving)"),
    ]

    private static let engine: [FlagDefinition] = [
        .init(
            "tensorflow_session_parallelism", .int64(0), "Threads that compute; 0: as many as there are processors"),
        .init("tensorflow_intra_op_parallelism", .int64(0), "Threads that one operation may use; 0: automatic"),
        .init("tensorflow_inter_op_parallelism", .int64(0), "Operations that may run at once; 0: automatic"),
        .init(
            "enable_serialization_as_tensor_content", .bool(false),
            "Whether Predict answers with tensor_content instead of typed fields"),
        .init(
            "mixed_precision", .string(""),
            "Lower precision: bfloat16 keeps large weights as --precision=bf16 does, and computes with them as ever"),
        .init(
            "precision", .string(""),
            "What large weights are kept in: bf16 or int8_weights, less exact and faster where weights do not fit into caches, "
                + "or float; NAME:PRECISION for one model, several parts separated by commas; empty: float (not in TensorFlow "
                + "Serving)"),
    ]

    private static let files: [FlagDefinition] = [
        .init(
            "monitoring_config_file", .string(""),
            "Text file of a MonitoringConfig: the path on the REST port where Prometheus finds the metrics, and whether there "
                + "are any; without the file they are at /monitoring/prometheus/metrics, and at /metrics in any case"),
        .init(
            "platform_config_file", .string(""), .none("there is one platform, and flags configure it"),
            "Text file of a PlatformConfigMap; its content is checked"),
        .init(
            "tensorflow_session_config_file", .string(""), .none("flags set the number of threads"),
            "Text file of a ConfigProto; its content is checked"),
        .init(
            "thread_pool_factory_config_file", .string(""), .none("there is one kind of thread pool"),
            "Text file of a ThreadPoolFactoryConfig"),
    ]

    private static let accelerators: [FlagDefinition] = [
        .init("per_process_gpu_memory_fraction", .float(0), processorOnly, "Share of the GPU memory that is taken"),
        .init(
            "xla_cpu_compilation_enabled", .bool(false), .none("the server has its own compiler"), "XLA on processors"),
        .init("xla_gpu_compilation_enabled", .bool(false), processorOnly, "XLA on GPUs"),
        .init("skip_initialize_tpu", .bool(false), processorOnly, "Whether TPUs are left alone"),
    ]

    private static let own: [FlagDefinition] = [
        .init(
            "grpc_max_receive_message_bytes", .int64(2_147_483_647),
            "Longest gRPC message that is accepted, in bytes (not in TensorFlow Serving)"),
        .init(
            "admin_address", .string(""),
            "HOST:PORT, in digits, where alone the calls that administrate the server are answered, over gRPC; HTTP/1.1 gets "
                + "there what the REST port answers; empty: at the ports of all calls (not in TensorFlow Serving)"),
        .init(
            "admin_token_file", .string(""),
            "File whose first line is the token that calls which administrate the server must bring along, as authorization: "
                + "Bearer; empty: none (not in TensorFlow Serving)"),
        .init(
            "rest_api_max_body_bytes", .int64(2_147_483_647),
            "Longest body of an HTTP/REST request, in bytes (not in TensorFlow Serving)"),
        .init(
            "image_model", .string(""),
            "Model that classifies the pictures sent to /predict; empty: the only one (not in TensorFlow Serving)"),
        .init(
            "grpc_response_compression", .string("mirror"),
            "Whose answers are compressed, if the client accepts it: never anybody's, mirror those of clients that compress "
                + "their requests, always all (not in TensorFlow Serving)"),
        .init(
            "report_timings", .bool(false),
            "Whether every answer tells in trailers which version gave it and what it took, without being asked (not in "
                + "TensorFlow Serving)"),
        .init(
            "enable_session_run", .bool(false),
            "Whether SessionService answers SessionRun: clients may then read every tensor and run every op of a graph but "
                + "those that touch files (not in TensorFlow Serving, which declares the service only)"),
        .init(
            "wait_for_models", .bool(false),
            "Whether the ports open only when every model has been tried once (not in TensorFlow Serving, which always "
                + "waits)"),
        .init(
            "reload_timeout_seconds", .int32(300),
            "Longest time that HandleReloadConfigRequest waits for models before it answers; loading goes on (not in "
                + "TensorFlow Serving, which waits for ever)"),
        .init(
            "copy_weights", .bool(false),
            "Whether weights are read into memory of the process even where mapping their files is safe (not in TensorFlow "
                + "Serving)"),
        .init(
            "drain_timeout_seconds", .int32(30),
            "Seconds that calls in flight get after SIGTERM or SIGINT (not in TensorFlow Serving)"),
        .init(
            "drain_lag_seconds", .int32(0),
            "Seconds after SIGTERM or SIGINT during which new calls are still taken while health says NOT_SERVING (not in "
                + "TensorFlow Serving)"),
        .init(
            "warmup_from_recent_requests", .int32(0),
            "How many of the last requests to a model are run on a new version before it is served; a version that fails "
                + "on one is not served; 0: none (not in TensorFlow Serving)"),
        .init(
            "request_log_max_files", .int32(64),
            "Files that the request log of a model keeps, of at most 1000 requests and 64 MiB each (not in TensorFlow "
                + "Serving)"),
        .init(
            "exit_on_load_failure", .bool(false),
            "Whether the server waits for all models at its start and ends if one fails (not in TensorFlow Serving, which "
                + "always does)"),
        .init(
            "log_format", .string("text"),
            "What the lines of the log look like: text is TensorFlow's layout, json one object a line (not in TensorFlow "
                + "Serving)"),
        .init(
            "access_log_sampling", .float(0),
            "Share of the requests that get a line in the log, from 0 to 1 (not in TensorFlow Serving)"),
        .init("version", .bool(false), "Prints the version and ends"),
        .init("help", .bool(false), "Prints this text and ends"),
    ]
}
