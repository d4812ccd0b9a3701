internal import CLua

/// Which Lua runs the scripts.
package enum LuaVersion {
    package static let number = Int(LUA_VERSION_NUM)
}
