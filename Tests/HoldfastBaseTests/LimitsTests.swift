import HoldfastBase
import Testing

@Suite struct LimitsTests {
    @Test func theCatalogueNamesEveryStoredLimitOnce() {
        #expect(Limits.catalogue.count == Mirror(reflecting: Limits()).children.count)
        #expect(Set(Limits.catalogue.map(\.name)).count == Limits.catalogue.count)
        var paths = Set<AnyKeyPath>()
        for limit in Limits.catalogue {
            switch limit.value {
            case .bytes(let path), .count(let path): paths.insert(path)
            case .time(let path): paths.insert(path)
            }
        }
        #expect(paths.count == Limits.catalogue.count)
    }

    @Test func everyDefaultIsAllowed() {
        let limits = Limits()
        for limit in Limits.catalogue {
            let value: Int64 =
                switch limit.value {
                case .bytes(let path), .count(let path): Int64(limits[keyPath: path])
                case .time(let path): limits[keyPath: path].nanoseconds
                }
            #expect(limit.allowed.contains(value), "\(limit.name)")
            #expect(limit.effect.hasSuffix("."), "\(limit.name)")
        }
    }

    @Test func amountsAreInTheUnitThatIsNamed() throws {
        let amounts = Dictionary(
            uniqueKeysWithValues: Limits.catalogue.map { limit in
                (limit.name, "\(limit.amount(in: Limits())) \(limit.unit)")
            })
        #expect(amounts["limits.request_bytes"] == "65536 bytes")
        #expect(amounts["limits.handshake_timeout"] == "5000 ms")
        #expect(amounts["limits.connections"] == "20000 count")
    }
}
