/// What this build calls itself.
public enum BuildInfo {
    /// The version of all parts of the package.
    public static let version = "0.1.0"
}
