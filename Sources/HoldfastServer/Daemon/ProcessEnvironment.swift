internal import Glibc

/// The environment of the process.
package enum ProcessEnvironment {
    package static var variables: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { found.append((String(pair[0]), String(pair[1]))) }
            unsafe entry += 1
        }
        return found
    }
}
