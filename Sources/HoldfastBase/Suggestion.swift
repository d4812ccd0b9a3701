/// "Did you mean": the known name that a mistyped one is closest to.
///
/// Closeness is the number of single-character insertions, deletions, replacements and swaps of
/// neighbours (optimal string alignment). A name further away than a third of its length is no
/// help and is not suggested.
package enum Suggestion {
    /// Names longer than this are not compared: the work grows with the product of the lengths.
    private static let charactersMax = 64

    /// The closest of `candidates`, or nil when none is close. Of equals, the first.
    package static func nearest(to name: String, among candidates: [String]) -> String? {
        let wanted = Array(name.utf8)
        guard !wanted.isEmpty, wanted.count <= charactersMax else { return nil }
        var best: (distance: Int, candidate: String)?
        for candidate in candidates where candidate.utf8.count <= charactersMax {
            let found = distance(wanted, Array(candidate.utf8))
            guard found <= max(1, wanted.count / 3) else { continue }
            if best.map({ found < $0.distance }) ?? true { best = (found, candidate) }
        }
        return best?.candidate
    }

    /// " (did you mean X?)", or nothing: to be put at the end of a message.
    package static func hint(for name: String, among candidates: [String]) -> String {
        nearest(to: name, among: candidates).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for column in 0..<right.count {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
