import Testing

/// `#expect` for events of a machine, which change it: the macro cannot look into those.
func expect(
    _ isSo: Bool, _ comment: Comment? = nil, at place: SourceLocation = #_sourceLocation
) {
    #expect(isSo, comment, sourceLocation: place)
}
