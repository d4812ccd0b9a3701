/// Where an element stands in its file, and what is written above it.
struct ProtoOrigin {
    var comment = ""
    /// Counted from 1; 0 when unknown.
    var line = 0
}
