/* The world of a script: the libraries it has, the `redis` table, and the locks on both.

   Redis marks its tables read-only inside its own copy of Lua. Debian's has no such mark, so scripts
   get empty tables that show the real ones and refuse to be written. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct hf_lua *host_of(lua_State *lua) {
    return lua_touserdata(lua, lua_upvalueindex(1));
}

static void reserve_slices(struct hf_lua *host, int count) {
    if (count <= host->slice_capacity) return;
    int capacity = count * 2 + 8;
    host->slices = realloc(host->slices, (size_t)capacity * sizeof *host->slices);
    host->numbers = realloc(host->numbers, (size_t)capacity * sizeof *host->numbers);
    if (host->slices == NULL || host->numbers == NULL) abort();
    host->slice_capacity = capacity;
}

/* Whole numbers, nearly all that there are, without the cost of printf. */
static size_t format_argument(double number, uint8_t *text) {
    if (!(fabs(number) < 1e15) || number != floor(number) || (number == 0 && signbit(number)))
        return hf_format_double(number, text);
    int64_t rest = (int64_t)fabs(number);
    uint8_t digits[20];
    size_t count = 0, length = 0;
    do digits[count++] = (uint8_t)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0) text[length++] = '-';
    while (count > 0) text[length++] = digits[--count];
    return length;
}

static int carry_out(lua_State *lua, bool raises) {
    struct hf_lua *host = host_of(lua);
    int count = lua_gettop(lua);
    if (count == 0) {
        hf_push_error(lua, "Please specify at least one argument for this redis lib call");
        return raises ? lua_error(lua) : 1;
    }
    reserve_slices(host, count);
    for (int i = 0; i < count; i++) {
        struct hf_lua_slice *slice = &host->slices[i];
        int type = lua_type(lua, i + 1);
        if (type == LUA_TNUMBER) {
            slice->count = format_argument(lua_tonumber(lua, i + 1), host->numbers[i]);
            slice->bytes = host->numbers[i];
        } else if (type == LUA_TSTRING) {
            slice->bytes = (const uint8_t *)lua_tolstring(lua, i + 1, &slice->count);
        } else {
            lua_settop(lua, 0);
            hf_push_error(lua, "Lua redis lib command arguments must be strings or integers");
            return raises ? lua_error(lua) : 1;
        }
    }
    host->answer.count = 0;
    host->command(host->context, host->slices, (size_t)count);
    lua_settop(lua, 0);
    bool is_error = host->answer.bytes[0] == HF_LUA_ERROR;
    size_t place = 0;
    hf_push_answer(lua, host, &place);
    return raises && is_error ? lua_error(lua) : 1;
}

static int redis_call(lua_State *lua) { return carry_out(lua, true); }
static int redis_pcall(lua_State *lua) { return carry_out(lua, false); }

static int redis_sha1hex(lua_State *lua) {
    if (lua_gettop(lua) != 1) {
        hf_push_error(lua, "wrong number of arguments");
        return lua_error(lua);
    }
    size_t count = 0;
    const char *bytes = lua_tolstring(lua, 1, &count);
    uint8_t digits[40];
    hf_sha1_hex((const uint8_t *)bytes, bytes == NULL ? 0 : count, digits);
    lua_pushlstring(lua, (const char *)digits, sizeof digits);
    return 1;
}

static bool has_one_string(lua_State *lua) {
    if (lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING) return true;
    hf_push_error(lua, "wrong number or type of arguments");
    return false;
}

static int redis_error_reply(lua_State *lua) {
    if (!has_one_string(lua)) return 1;
    const char *text = lua_tostring(lua, 1);
    if (text[0] != '-') {
        lua_pushliteral(lua, "-");
        lua_insert(lua, 1);
        lua_concat(lua, 2);
        text = lua_tostring(lua, -1);
    }
    hf_push_error(lua, text);
    return 1;
}

static int redis_status_reply(lua_State *lua) {
    if (!has_one_string(lua)) return 1;
    lua_createtable(lua, 0, 1);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "ok");
    return 1;
}

/* Logs go nowhere. */
static int redis_log(lua_State *lua) {
    (void)lua;
    return 0;
}

/* Errors of redis.call are tables, but pcall has always given their text. */
static int protected_call(lua_State *lua) {
    int count = lua_gettop(lua);
    lua_pushboolean(lua, 1);
    lua_insert(lua, 1);
    if (lua_pcall(lua, count - 1, LUA_MULTRET, 0) != 0) {
        lua_remove(lua, 1);
        if (lua_istable(lua, -1)) {
            lua_getfield(lua, -1, "err");
            if (lua_isstring(lua, -1)) lua_replace(lua, -2);
        }
        lua_pushboolean(lua, 0);
        lua_insert(lua, 1);
    }
    return lua_gettop(lua);
}

static int refuse_read(lua_State *lua) {
    const char *name = lua_tostring(lua, 2);
    return luaL_error(
        lua, "Script attempted to access nonexistent global variable '%s'",
        name == NULL ? "?" : name);
}

static int refuse_write(lua_State *lua) {
    return luaL_error(lua, "Attempt to modify a readonly table");
}

/* As the original, but for the tables that are locked. */
static int raw_set(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    luaL_checkany(lua, 2);
    luaL_checkany(lua, 3);
    lua_settop(lua, 3);
    if (luaL_getmetafield(lua, 1, "holdfast_locked")) {
        lua_pushliteral(lua, "Attempt to modify a readonly table");
        return lua_error(lua);
    }
    lua_rawset(lua, 1);
    return 1;
}

/* Replaces the table on the stack with one that shows it and cannot be written. */
static void lock_table(lua_State *lua) {
    lua_newtable(lua);
    lua_createtable(lua, 0, 4);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, "holdfast_locked");
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

static void open_library(lua_State *lua, const char *name, lua_CFunction open) {
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

static void set_function(
    lua_State *lua, struct hf_lua *host, const char *name, lua_CFunction function)
{
    lua_pushlightuserdata(lua, host);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

static void make_redis_table(lua_State *lua, struct hf_lua *host) {
    lua_newtable(lua);
    set_function(lua, host, "call", redis_call);
    set_function(lua, host, "pcall", redis_pcall);
    set_function(lua, host, "sha1hex", redis_sha1hex);
    set_function(lua, host, "error_reply", redis_error_reply);
    set_function(lua, host, "status_reply", redis_status_reply);
    set_function(lua, host, "log", redis_log);
    static const char *const levels[] = {"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"};
    for (int i = 0; i < 4; i++) {
        lua_pushinteger(lua, i);
        lua_setfield(lua, -2, levels[i]);
    }
}

/* What would make a run depend on the machine, or reach out of the state. */
static void remove_globals(lua_State *lua) {
    static const char *const names[] = {
        "dofile", "loadfile", "print", "collectgarbage", "gcinfo", "newproxy", "load", "loadstring",
        "getfenv", "setfenv", "coroutine", "module", "require",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lua_pushnil(lua);
        lua_setglobal(lua, names[i]);
    }
    lua_getglobal(lua, "math");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "random");
    lua_pushnil(lua);
    lua_setfield(lua, -2, "randomseed");
    lua_pop(lua, 1);
}

void hf_open_libraries(lua_State *lua, struct hf_lua *host) {
    open_library(lua, "", luaopen_base);
    open_library(lua, LUA_TABLIBNAME, luaopen_table);
    open_library(lua, LUA_STRLIBNAME, luaopen_string);
    open_library(lua, LUA_MATHLIBNAME, luaopen_math);
    remove_globals(lua);
    make_redis_table(lua, host);
    lua_setglobal(lua, "redis");
    lua_register(lua, "pcall", protected_call);
    lua_register(lua, "rawset", raw_set);

    /* Strings keep the real table for their methods, but nobody gets at it. */
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 2);

    static const char *const tables[] = {"redis", LUA_TABLIBNAME, LUA_STRLIBNAME, LUA_MATHLIBNAME};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        lua_getglobal(lua, tables[i]);
        lock_table(lua);
        lua_setglobal(lua, tables[i]);
    }

    lua_pushvalue(lua, LUA_GLOBALSINDEX);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, refuse_read);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    host->globals = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_pushvalue(lua, -1);
    lock_table(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, "_G");
    lua_replace(lua, LUA_GLOBALSINDEX);
    lua_pop(lua, 1);
}
