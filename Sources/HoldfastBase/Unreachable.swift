/// Says that a line cannot be reached by any order of events, whatever peers send.
///
/// In debug builds, tests and simulation it traps, so that a wrong belief is found. In release it
/// returns: the caller then poisons the one connection or session it stands in and counts it; a
/// broken belief never takes the process and everybody else's work with it.
public func unreachable(
    _ belief: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) {
    #if DEBUG
        fatalError("unreachable: \(belief())", file: file, line: line)
    #endif
}
