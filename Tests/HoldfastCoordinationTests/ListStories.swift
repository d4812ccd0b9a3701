import HoldfastBase
import HoldfastCoordination
import HoldfastNode
import Testing

@Suite("Lists", .serialized)
struct ListStories {
    private func page(
        _ bench: inout Bench, prefix: String = "", after: String = "", limit: Int = 7,
        list: ListID = 0, server: Int = 0
    ) -> (names: [String], next: ListID?) {
        let request = CoordinationRequest.list(
            prefix: prefix, after: after, limit: limit, list: list)
        guard case .names(let names, let next) = bench.get(request, server: server) else {
            Issue.record("no names")
            return ([], nil)
        }
        return (names, next)
    }

    private func bench(_ count: UInt64, servers: Int = 1) -> (bench: Bench, names: [String]) {
        var bench = Bench(nodes: 3, servers: servers)
        for number in 1...count { _ = bench.get(acquire("l\(number)", number)) }
        return (bench, (1...count).map { "l\($0)" }.sorted())
    }

    @Test("the nodes are asked once for a list, and not for each page")
    func pages() throws {
        var (bench, names) = bench(100)
        var (found, next) = page(&bench)
        let before = bench.executed
        var pages = 1
        while let list = next {
            let after = try #require(found.last)
            let page = page(&bench, after: after, list: list)
            found += page.names
            next = page.next
            pages += 1
        }
        #expect(found == names)
        #expect(pages == 15)
        #expect(bench.executed == before)
    }

    @Test("who begins a list sees what is held by then, whatever other lists are under way")
    func anew() throws {
        var (bench, names) = bench(20)
        let first = page(&bench)
        _ = bench.get(release(names[10], UInt64(names[10].dropFirst()) ?? 0))
        let second = page(&bench, limit: 100)
        #expect(second.names == names.filter { $0 != names[10] })
        #expect(second.next == nil)
        let list = try #require(first.next)
        let rest = page(&bench, after: names[6], limit: 100, list: list)
        #expect(rest.names == Array(names[7...]))
    }

    @Test("a list that is not known any more goes on behind the last name")
    func forgotten() throws {
        var (bench, names) = bench(20, servers: 2)
        let list = page(&bench).next ?? 0
        let elsewhere = page(&bench, after: names[6], list: list, server: 1)
        #expect(elsewhere.names == Array(names[7..<14]))
        #expect(elsewhere.next != nil && elsewhere.next != list)
        #expect(page(&bench, prefix: "x", after: names[6], list: list).names.isEmpty)
        bench.pass(31_000)
        _ = bench.get(acquire("l99999", 99_999))
        let later = page(&bench, after: names[6], limit: 100, list: list)
        #expect(later.names == names[7...] + ["l99999"])
    }

    @Test("lists that nobody goes on with are forgotten, and of many the oldest")
    func bounded() throws {
        var (bench, _) = bench(20)
        var lists: [ListID] = []
        for _ in 0..<40 { lists.append(page(&bench).next ?? 0) }
        #expect(Set(lists).count == 40)
        #expect(bench.servers[0].contents.lists <= 16)
        let before = bench.executed
        _ = page(&bench, after: "l1", list: lists[39])
        #expect(bench.executed == before)
        _ = page(&bench, after: "l1", list: lists[0])
        #expect(bench.executed != before)
        bench.pass(32_000)
        #expect(bench.servers[0].contents.lists == 0)
    }
}
