import Glibc
import HoldfastSystem
import HoldfastTLS

/// Certificates for the benches, made anew when they run out.
enum BenchFiles {
    static func certificates() throws -> DevelopmentCertificates {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        return try DevelopmentCA.ensure(in: "\(base)/holdfast-bench-\(getuid())")
    }
}
