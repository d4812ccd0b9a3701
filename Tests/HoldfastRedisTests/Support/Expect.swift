import Testing

/// `#expect` for values read out of what cannot be copied, into which the macro does not look.
func expect<Value: Equatable>(
    _ value: Value, is right: Value, _ comment: Comment? = nil,
    at place: SourceLocation = #_sourceLocation
) {
    #expect(value == right, comment, sourceLocation: place)
}
