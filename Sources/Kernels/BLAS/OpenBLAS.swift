import CPlatform
import Glibc
import ServingCore
import Tensors

/// How a matrix is read: as it is stored, transposed, or transposed and conjugated. Raw values are those of CBLAS.
public enum MatrixTransposition: Int32, Sendable {
    case none = 111
    case transposed = 112
    case adjoint = 113
}

/// The only door to OpenBLAS, which is loaded on first use: an idle process stays small, and the kernels can be chosen
/// before the library looks at the processor.
///
/// Every call runs on the thread that makes it; splitting work is left to the server's own threads. Any number of
/// threads may call at once.
public struct OpenBLAS: Sendable {
    /// The name of the kernels in use, for example `SkylakeX`.
    public let coreName: String
    /// The version and the build options.
    public let configuration: String

    let sgemm:
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32,
            Float, UnsafeMutablePointer<Float>, Int32
        ) -> Void
    let dgemm:
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32, UnsafePointer<Double>, Int32,
            Double, UnsafeMutablePointer<Double>, Int32
        ) -> Void
    typealias ComplexProduct =
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, UnsafeRawPointer, UnsafeRawPointer, Int32, UnsafeRawPointer,
            Int32, UnsafeRawPointer, UnsafeMutableRawPointer, Int32
        ) -> Void
    let cgemm: ComplexProduct
    let zgemm: ComplexProduct
    let sgemv:
        @convention(c) (
            Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
            UnsafeMutablePointer<Float>, Int32
        ) -> Void
    let dgemv:
        @convention(c) (
            Int32, Int32, Int32, Int32, Double, UnsafePointer<Double>, Int32, UnsafePointer<Double>, Int32, Double,
            UnsafeMutablePointer<Double>, Int32
        ) -> Void

    static let rowMajor: Int32 = 101

    private static let loading: Result<OpenBLAS, Status> = {
        do throws(Status) { return .success(try OpenBLAS()) } catch { return .failure(error) }
    }()

    /// The library, loaded by the first call. Throws FAILED_PRECONDITION if it is not installed.
    public static func load() throws(Status) -> OpenBLAS { try loading.get() }

    /// Chooses OpenBLAS's kernels and turns its own threads off, both through the environment that it reads when it is
    /// loaded. Call this at the start of `main`, before other threads exist, because the environment has no lock.
    ///
    /// OpenBLAS knows processors by their model numbers and takes AVX2 or SSE kernels on every model that is newer than
    /// the library. With AVX-512 that halves the speed, so its AVX-512 kernels are named here. A choice of the user's
    /// own (`OPENBLAS_CORETYPE`) is kept.
    public static func prepareEnvironment() {
        setenv("OPENBLAS_NUM_THREADS", "1", 1)
        if cplatform_simd_level() == 2 { setenv("OPENBLAS_CORETYPE", "SkylakeX", 0) }
    }

    private init() throws(Status) {
        guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "unknown error"
            throw .failedPrecondition(
                "OpenBLAS cannot be loaded (\(reason)); on Debian and Ubuntu install the package libopenblas0-pthread")
        }
        func find<Function>(_ name: String, as _: Function.Type) throws(Status) -> Function {
            guard let symbol = dlsym(library, name) else {
                throw .failedPrecondition("libopenblas.so.0 has no function \(name)")
            }
            return unsafeBitCast(symbol, to: Function.self)
        }
        sgemm = try find("cblas_sgemm", as: type(of: sgemm))
        dgemm = try find("cblas_dgemm", as: type(of: dgemm))
        cgemm = try find("cblas_cgemm", as: ComplexProduct.self)
        zgemm = try find("cblas_zgemm", as: ComplexProduct.self)
        sgemv = try find("cblas_sgemv", as: type(of: sgemv))
        dgemv = try find("cblas_dgemv", as: type(of: dgemv))
        typealias Text = @convention(c) () -> UnsafePointer<CChar>?
        let core = try find("openblas_get_corename", as: Text.self)
        let config = try find("openblas_get_config", as: Text.self)
        let setThreads = try find("openblas_set_num_threads", as: (@convention(c) (Int32) -> Void).self)
        setThreads(1)
        coreName = core().map { String(cString: $0) } ?? "unknown"
        configuration = config().map { String(cString: $0) } ?? "unknown"
        Log.info("matrix products: \(configuration), kernels for \(coreName)")
        if cplatform_simd_level() == 2, getenv("OPENBLAS_CORETYPE") == nil, !OpenBLAS.wideCores.contains(coreName) {
            Log.warning(
                "this processor has AVX-512, but OpenBLAS chose its \(coreName) kernels; OPENBLAS_CORETYPE=SkylakeX may double the speed")
        }
    }

    private static let wideCores: Set<String> = ["SkylakeX", "Cooperlake", "SapphireRapids"]
}
