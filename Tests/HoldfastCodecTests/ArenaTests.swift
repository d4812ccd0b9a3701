import HoldfastTestProto
import HoldfastWire
import Testing

@Suite struct ArenaTests {
    @Test func theFirstBlockGrowsToWhatCallsNeedAndStays() throws {
        let large = Everything(aBytes: [UInt8](repeating: 1, count: 100_000)).encoded()
        var arena = WireArena(firstBlockBytes: 1024, keptBytesMax: 256 * 1024)
        _ = try unsafe Everything.schema.decode(large.rawSpan, arena: &arena)
        #expect(arena.usedBytes >= 100_000)
        arena.reset()
        let kept = arena.reservedBytes
        #expect(kept >= 100_000 && kept <= 256 * 1024)
        for _ in 0..<3 {
            _ = try unsafe Everything.schema.decode(large.rawSpan, arena: &arena)
            #expect(arena.reservedBytes == kept)
            arena.reset()
        }
    }

    @Test func whatIsKeptHasAMaximum() throws {
        let large = Everything(aBytes: [UInt8](repeating: 1, count: 1_000_000)).encoded()
        var arena = WireArena(firstBlockBytes: 1024, keptBytesMax: 64 * 1024)
        _ = try unsafe Everything.schema.decode(large.rawSpan, arena: &arena)
        #expect(arena.reservedBytes >= 1_000_000)
        arena.reset()
        #expect(arena.reservedBytes <= 64 * 1024)
        #expect(arena.usedBytes == 0)
    }

    @Test func severalMessagesLiveUntilTheReset() throws {
        let first = Leaf(value: 1).encoded()
        let second = Everything(strings: ["a", "b"]).encoded()
        var arena = WireArena()
        let one = try unsafe Leaf.schema.decode(first.rawSpan, arena: &arena)
        let two = try unsafe Everything.schema.decode(second.rawSpan, arena: &arena)
        #expect(unsafe Leaf(decoded: one).value == 1)
        #expect(unsafe Everything(decoded: two).strings == ["a", "b"])
    }

    @Test func theCapIsForEachMessageAlone() throws {
        let bytes = Leaf(value: 1).encoded()
        let limits = ScanLimits(
            depthMax: 1, fieldsMax: 1, memoryPerByteMax: 0, memoryBaseBytes: 256)
        var arena = WireArena()
        for _ in 0..<100 {
            _ = try unsafe Leaf.schema.decode(bytes.rawSpan, arena: &arena, limits: limits)
        }
        #expect(arena.usedBytes > 256)
    }

    @Test func everyAllocationMayFail() throws {
        var random = SplitMix(seed: 2)
        let bytes = random.everything().encoded()
        var arena = WireArena()
        var refusals = 0
        for base in 0..<20_000 {
            arena.reset()
            let limits = ScanLimits(
                depthMax: 16, fieldsMax: 4096, memoryPerByteMax: 0, memoryBaseBytes: base)
            do {
                _ = try unsafe Everything.schema.decode(
                    bytes.rawSpan, arena: &arena, limits: limits)
                break
            } catch {
                #expect(error.kind == .tooMuchMemory)
                refusals += 1
            }
        }
        #expect(refusals > 100 && refusals < 20_000)
    }
}
