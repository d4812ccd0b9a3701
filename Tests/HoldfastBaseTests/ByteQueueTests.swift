import HoldfastBase
import Testing

/// The byte queue against an array.
@Suite struct ByteQueueTests {
    static func bytes(_ queue: borrowing ByteQueue) -> [UInt8] {
        unsafe Array(queue.unsafeBytes)
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>) func itAgreesWithAnArray(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = ByteQueue()
        var model: [UInt8] = []
        var next: UInt8 = 0
        func made(_ most: Int) -> [UInt8] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in
                next &+= 1
                return next
            }
        }
        for _ in 0..<4000 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0...2:
                let bytes = made(300)
                unsafe queue.append(bytes.span.bytes)
                model += bytes
            case 3:
                let bytes = made(40)
                let place = Int.random(in: -5...model.count + 5, using: &random)
                unsafe queue.insert(bytes.span.bytes, at: place)
                model.insert(contentsOf: bytes, at: max(0, min(place, model.count)))
            case 4...5:
                let size = Int.random(in: -3...600, using: &random)
                queue.removeFirst(size)
                model.removeFirst(max(0, min(size, model.count)))
            case 6:
                let size = Int.random(in: -3...50, using: &random)
                queue.removeLast(size)
                model.removeLast(max(0, min(size, model.count)))
            case 7:
                // Room that is only partly used, and a count that is wrong.
                let bytes = made(20)
                unsafe queue.append(room: bytes.count + 5) { room in
                    unsafe room.copyBytes(from: bytes)
                    return bytes.count
                }
                unsafe queue.append(room: 4) { _ in -7 }
                model += bytes
            default:
                queue.releaseIfEmpty()
                if model.isEmpty { expect(queue.memoryBytes, is: 0) }
            }
            expect(queue.count, is: model.count)
        }
        #expect(Self.bytes(queue) == model)
    }

    @Test func itGrowsWithWhatItHolds() {
        var queue = ByteQueue()
        let bytes = [UInt8](repeating: 1, count: 100)
        for _ in 0..<10_000 {
            unsafe queue.append(bytes.span.bytes)
            queue.removeFirst(100)
        }
        expect(queue.memoryBytes <= 1024, is: true)
        for _ in 0..<10_000 {
            unsafe queue.append(bytes.span.bytes)
            unsafe queue.append(bytes.span.bytes)
            queue.removeFirst(queue.count - 100)
        }
        expect(queue.memoryBytes <= 1024, is: true)
    }

    @Test func fillingMoreThanTheRoomIsCut() {
        var queue = ByteQueue()
        unsafe queue.append(room: 3) { room in
            unsafe room.initializeMemory(as: UInt8.self, repeating: 9)
            return 1000
        }
        #expect(Self.bytes(queue) == [9, 9, 9])
        queue.removeAll()
        expect(queue.isEmpty, is: true)
    }
}
