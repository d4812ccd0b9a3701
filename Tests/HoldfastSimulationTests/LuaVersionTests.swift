import HoldfastSimulation
import Testing

@Suite("Lua")
struct LuaVersionTests {
    @Test("the scripts run on the version that Redis has")
    func version() {
        #expect(LuaVersion.number == 501)
    }
}
