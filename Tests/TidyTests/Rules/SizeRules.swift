/// How large files and functions may be: what does not fit on a few screens is not read.
extension TidyRule {
    static let fileLinesMax = 500
    static let functionLinesMax = 70

    static let fileSize = TidyRule("file-size") { file in
        guard file.isSwift, !file.isGenerated else { return [] }
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        return count > fileLinesMax ? [(1, "\(count) lines; at most \(fileLinesMax)")] : []
    }

    static let functionSize = TidyRule("function-size") { file in
        guard file.isSwift, !file.isGenerated else { return [] }
        return SwiftFunction.all(in: file.code).compactMap { function in
            let count = function.end - function.start + 1
            guard count > functionLinesMax else { return nil }
            return (
                function.start, "\(function.name) has \(count) lines; at most \(functionLinesMax)"
            )
        }
    }
}
