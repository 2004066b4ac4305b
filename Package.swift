// swift-tools-version: 6.2
import PackageDescription

// The layers of the server. A target may depend only on targets of lower levels; `layer` refuses anything else, so the
// direction of imports is checked by every build.

// Overlapping accesses to one variable are looked for while tests run; on the way of a request that check would take a
// tenth of the time.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
nonisolated(unsafe) var levels: [String: Int] = [:]
nonisolated(unsafe) var targets: [Target] = []

/// Declares the library target `name` on `level`, together with its test target when `tested`.
func layer(_ level: Int, _ name: String, _ dependencies: [String] = [], c: [String] = [], tested: Bool = true) {
    for dependency in dependencies {
        guard let lower = levels[dependency] else {
            fatalError("\(name) depends on \(dependency), which is not declared above it")
        }
        guard lower < level else {
            fatalError("\(name) (level \(level)) may not depend on \(dependency) (level \(lower))")
        }
    }
    levels[name] = level
    let all = (dependencies + c).map { Target.Dependency.byName(name: $0) }
    targets.append(.target(name: name, dependencies: all, swiftSettings: strict))
    guard tested else { return }
    targets.append(
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + all, swiftSettings: strict))
}

/// Declares the hand-tuned loops of the engine, compiled for one kind of processor. The folders of all kinds are links to
/// `MicrokernelSource`. Optimised in every build: unoptimised vector code is a hundred times slower.
func microkernels(_ kind: String, _ flags: [String]) {
    // As a whole module, because the loops are made of what stands in other files. Without `errno`, a square root is an
    // instruction.
    let optimised = [
        "-O", "-whole-module-optimization", "-num-threads", "1", "-disable-batch-mode", "-Xllvm",
        "-unroll-threshold=4000", "-Xcc", "-fno-math-errno",
    ]
    levels["Microkernels\(kind)"] = 1
    targets.append(
        .target(
            name: "Microkernels\(kind)", dependencies: ["CPlatform", "MicrokernelTypes"],
            swiftSettings: strict + [.unsafeFlags(optimised + flags), .define("LEVEL_\(kind.uppercased())")]))
}

/// Declares a C library of the system, found through pkg-config.
func systemLibrary(_ name: String, pkgConfig: String, debian: String) {
    targets.append(
        .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([debian])]))
}

systemLibrary("CNghttp2", pkgConfig: "libnghttp2", debian: "libnghttp2-dev")
systemLibrary("CMicrohttpd", pkgConfig: "libmicrohttpd", debian: "libmicrohttpd-dev")
systemLibrary("COpenSSL", pkgConfig: "openssl", debian: "libssl-dev")
systemLibrary("CProtobufC", pkgConfig: "libprotobuf-c", debian: "libprotobuf-c-dev")
systemLibrary("CPng", pkgConfig: "libpng", debian: "libpng-dev")
systemLibrary("CJpeg", pkgConfig: "libjpeg", debian: "libjpeg62-turbo-dev")
systemLibrary("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev")
targets.append(.target(name: "CServingProtos", dependencies: ["CProtobufC"], cSettings: [.unsafeFlags(["-w"])]))
targets.append(.target(name: "CPlatform"))
targets.append(.target(name: "CJson", linkerSettings: [.linkedLibrary("simdjson")]))
targets.append(.target(name: "CRegularExpressions", linkerSettings: [.linkedLibrary("re2")]))
targets.append(.target(name: "CStatusPage", cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]))
targets.append(.target(name: "CImageCodecs", dependencies: ["CPng", "CJpeg"]))

layer(0, "ServingCore")
layer(0, "Threading", c: ["CPlatform"])
layer(0, "Metrics")
layer(0, "Tensors")
layer(0, "Plots")
layer(0, "MicrokernelTypes", tested: false)
#if arch(x86_64)
    let processors = [
        ("Baseline", []), ("AVX2", ["-target-cpu", "haswell"]), ("AVX512", ["-target-cpu", "skylake-avx512"]),
    ]
#else
    let processors = [("Baseline", []), ("AVX2", []), ("AVX512", [String]())]
#endif
for (kind, flags) in processors { microkernels(kind, flags) }
layer(1, "Graphs", ["ServingCore", "Tensors"])
layer(1, "Execution", ["ServingCore", "Threading", "Tensors"], c: ["CPlatform"])
layer(1, "Records", ["ServingCore", "Threading"], c: ["CPlatform"])
layer(1, "JSON", ["ServingCore", "Tensors"], c: ["CJson"])
layer(1, "TensorFiles", ["ServingCore", "Tensors"], c: ["CZlib"])
layer(2, "Tracing", ["ServingCore", "Threading", "JSON"])
layer(2, "TFLite", ["ServingCore", "Tensors", "Graphs"])
layer(2, "ServingProtos", ["ServingCore", "Tensors"], c: ["CServingProtos", "CProtobufC"])
layer(
    2, "Kernels",
    [
        "ServingCore", "Threading", "Tensors", "Graphs", "Execution", "MicrokernelTypes", "MicrokernelsBaseline",
        "MicrokernelsAVX2", "MicrokernelsAVX512",
    ],
    c: ["CPlatform", "CImageCodecs", "CRegularExpressions", "CZlib"])
layer(
    3, "Pictures", ["ServingCore", "Tensors", "JSON", "TensorFiles", "Graphs", "ServingProtos"],
    c: ["CImageCodecs", "CServingProtos", "CProtobufC"])
layer(
    3, "SavedModels",
    ["ServingCore", "Threading", "Tensors", "Graphs", "Execution", "Records", "ServingProtos"],
    c: ["CServingProtos", "CProtobufC", "CPlatform"])
layer(
    3, "Compiler", ["ServingCore", "Threading", "Tensors", "Graphs", "Execution", "MicrokernelTypes", "Kernels"],
    c: ["CPlatform"])
layer(3, "Batching", ["ServingCore", "Threading", "Metrics", "Tensors"])
layer(
    3, "Profiling", ["ServingCore", "Threading", "Tensors", "JSON", "Execution", "ServingProtos"],
    c: ["CServingProtos", "CProtobufC"])
layer(3, "Servables", ["ServingCore", "Threading", "Metrics"], c: ["CPlatform"])
layer(
    4, "Models",
    [
        "ServingCore", "Threading", "Metrics", "Tensors", "MicrokernelTypes", "Graphs", "Execution", "ServingProtos",
        "Kernels", "SavedModels", "TFLite", "Compiler", "Batching", "Servables", "Pictures",
    ],
    c: ["CPlatform"])
layer(4, "Transports", ["ServingCore", "Threading"], c: ["CNghttp2", "COpenSSL", "CPlatform"])
layer(
    5, "Services",
    [
        "ServingCore", "Threading", "Metrics", "Tensors", "Graphs", "Execution", "Records", "ServingProtos", "Batching",
        "Profiling", "Servables", "Models", "Tracing",
    ],
    c: ["CServingProtos", "CProtobufC"])
layer(
    5, "GRPC", ["ServingCore", "Threading", "ServingProtos", "Transports"],
    c: ["CZlib", "CServingProtos", "CProtobufC"])
layer(5, "HTTP", ["ServingCore", "Threading", "Transports"], c: ["CMicrohttpd", "CZlib", "CPlatform"])
layer(
    6, "REST",
    [
        "ServingCore", "Threading", "Tensors", "JSON", "TensorFiles", "Graphs", "ServingProtos", "Servables", "Models",
        "Services", "HTTP", "Pictures",
    ],
    c: ["CServingProtos", "CProtobufC"])
layer(6, "StatusPage", ["ServingCore", "Metrics", "JSON", "Servables", "Services", "HTTP"], c: ["CStatusPage"])
layer(
    6, "Configuration",
    [
        "ServingCore", "JSON", "MicrokernelTypes", "Records", "Tracing", "ServingProtos", "Batching", "Servables",
        "Transports",
    ],
    c: ["CServingProtos", "CProtobufC"])
layer(
    7, "ModelServer",
    [
        "ServingCore", "Threading", "Metrics", "Tensors", "JSON", "TensorFiles", "Graphs", "Execution", "Records",
        "MicrokernelTypes", "Kernels", "Pictures", "SavedModels", "Compiler", "ServingProtos", "Batching", "Profiling",
        "Servables", "Models",
        "Transports", "Services", "GRPC", "HTTP", "REST", "StatusPage", "Configuration", "Plots", "Tracing",
    ],
    c: ["CServingProtos", "CProtobufC"])

targets.append(.executableTarget(name: "model_server", dependencies: ["ModelServer"], swiftSettings: strict))
targets.append(
    .target(
        name: "TestSupport", dependencies: ["ServingCore", "Threading", "Tensors"], path: "Tests/TestSupport",
        swiftSettings: strict))
// The server once more, with every allocation counted, for the tests that hold on to their number.
targets.append(.target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"))
targets.append(
    .executableTarget(
        name: "CountedServer", dependencies: ["ModelServer", "CAllocationCounter"], path: "Tests/CountedServer",
        swiftSettings: strict))

let package = Package(
    name: "swift-model-server",
    products: [.executable(name: "model_server", targets: ["model_server"])],
    targets: targets,
    cLanguageStandard: .c11,
    cxxLanguageStandard: .cxx17
)
