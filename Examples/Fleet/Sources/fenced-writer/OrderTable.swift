import CSQLite

/// The database has seen the fence of a later holder.
struct StaleHolder: Error, CustomStringConvertible {
    let fence: UInt64
    let seen: Int64

    var description: String { "refused: fence \(fence) comes after \(seen)" }
}

/// What SQLite could not do.
struct DatabaseError: Error, CustomStringConvertible {
    let description: String
}

/// Orders and their status, each with the largest fence that has written it.
final class OrderTable {
    private let database: OpaquePointer

    init(_ path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else {
            sqlite3_close(opened)
            throw DatabaseError(description: "\(path) cannot be opened")
        }
        database = opened
        sqlite3_busy_timeout(database, 10_000)
        _ = try run(
            """
            CREATE TABLE IF NOT EXISTS orders
                (id INTEGER PRIMARY KEY, status TEXT NOT NULL, fence INTEGER NOT NULL)
            """
        ) { _ in }
    }

    deinit { sqlite3_close(database) }

    /// Writes a status, unless a later holder has written one.
    func set(_ order: Int64, to status: String, fence: UInt64) throws {
        // One statement: nobody writes between the comparison and the write.
        let changed = try status.withCString { status in
            try run(
                """
                INSERT INTO orders (id, status, fence) VALUES (?1, ?2, ?3)
                ON CONFLICT (id) DO UPDATE SET status = excluded.status, fence = excluded.fence
                    WHERE orders.fence <= excluded.fence
                """
            ) { statement in
                sqlite3_bind_int64(statement, 1, order)
                sqlite3_bind_text(statement, 2, status, -1, nil)
                sqlite3_bind_int64(statement, 3, Int64(fence))
            }
        }
        guard changed > 0 else { throw StaleHolder(fence: fence, seen: try fenceSeen(of: order)) }
    }

    private func fenceSeen(of order: Int64) throws -> Int64 {
        var seen: Int64 = 0
        _ = try run("SELECT fence FROM orders WHERE id = ?1") { statement in
            sqlite3_bind_int64(statement, 1, order)
        } row: { statement in
            seen = sqlite3_column_int64(statement, 0)
        }
        return seen
    }

    /// Runs a statement; returns how many rows it has changed.
    private func run(
        _ text: String, bind: (OpaquePointer) -> Void, row: (OpaquePointer) -> Void = { _ in }
    ) throws -> Int32 {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(database, text, -1, &prepared, nil) == SQLITE_OK, let prepared
        else {
            throw DatabaseError(description: String(cString: sqlite3_errmsg(database)))
        }
        defer { sqlite3_finalize(prepared) }
        bind(prepared)
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW: row(prepared)
            case SQLITE_DONE: return sqlite3_changes(database)
            default: throw DatabaseError(description: String(cString: sqlite3_errmsg(database)))
            }
        }
    }
}
