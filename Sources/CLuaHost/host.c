/* The state and its runs; everything that Lua may leave by longjmp is inside a protected call. */
#define _GNU_SOURCE
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int open_protected(lua_State *lua) {
    hf_open_libraries(lua, lua_touserdata(lua, 1));
    return 0;
}

struct hf_lua *hf_lua_open(hf_lua_command command, void *context) {
    struct hf_lua *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    host->command = command;
    host->context = context;
    host->lua = lua_newstate(hf_pool_allocate, &host->pool);
    if (host->lua == NULL || lua_cpcall(host->lua, open_protected, host) != 0) {
        hf_lua_close(host);
        return NULL;
    }
    /* Small enough to stay in the processor's cache. */
    lua_gc(host->lua, LUA_GCSETPAUSE, 150);
    return host;
}

void hf_lua_close(struct hf_lua *host) {
    if (host->lua != NULL) lua_close(host->lua);
    hf_pool_close(&host->pool);
    free(host->answer.bytes);
    free(host->result.bytes);
    free(host->staged.bytes);
    free(host->slices);
    free(host->numbers);
    free(host);
}

int hf_lua_compile(struct hf_lua *host, const uint8_t *body, size_t count) {
    lua_State *lua = host->lua;
    host->result.count = 0;
    if (luaL_loadbuffer(lua, (const char *)body, count, "@user_script") != 0) {
        size_t length;
        const char *message = lua_tolstring(lua, -1, &length);
        hf_buffer_add(&host->result, message, length);
        lua_pop(lua, 1);
        return -1;
    }
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

void hf_lua_forget(struct hf_lua *host, int script) {
    luaL_unref(host->lua, LUA_REGISTRYINDEX, script);
}

void hf_lua_stage(struct hf_lua *host, bool is_key, const uint8_t *bytes, size_t count) {
    hf_buffer_tag(&host->staged, is_key, (int64_t)count);
    hf_buffer_add(&host->staged, bytes, count);
}

const uint8_t *hf_lua_result(const struct hf_lua *host, size_t *count) {
    *count = host->result.count;
    return host->result.bytes;
}

/* Says where an error arose, as the handler of Redis does: for C functions, at their caller. */
static int describe_error(lua_State *lua) {
    lua_Debug place;
    bool is_known = lua_getstack(lua, 1, &place) && lua_getinfo(lua, "Sl", &place);
    if (is_known && strcmp(place.what, "C") == 0)
        is_known = lua_getstack(lua, 2, &place) && lua_getinfo(lua, "Sl", &place);
    if (!lua_istable(lua, 1)) {
        lua_createtable(lua, 0, 3);
        lua_pushliteral(lua, "ERR ");
        lua_getglobal(lua, "tostring");
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 1);
        lua_concat(lua, 2);
        lua_setfield(lua, -2, "err");
    }
    if (is_known) {
        lua_pushstring(lua, place.source);
        lua_setfield(lua, -2, "source");
        lua_pushinteger(lua, place.currentline);
        lua_setfield(lua, -2, "line");
    }
    return 1;
}

/* The budget is used up. From here on every line raises the error, so that no pcall of the script
   can swallow it. */
static void stop_script(lua_State *lua, lua_Debug *place) {
    (void)place;
    lua_sethook(lua, stop_script, LUA_MASKLINE, 0);
    hf_push_error(lua, "Script killed by user with SCRIPT KILL...");
    lua_error(lua);
}

/* Makes the table of the staged keys, or of the staged arguments, and the global that shows it. */
static void set_staged(lua_State *lua, struct hf_lua *host, bool is_key, const char *name) {
    lua_newtable(lua);
    int index = 0;
    for (size_t place = 0; place < host->staged.count;) {
        const uint8_t *at = host->staged.bytes + place;
        int64_t count;
        memcpy(&count, at + 1, 8);
        if (at[0] == is_key) {
            lua_pushlstring(lua, (const char *)at + 9, (size_t)count);
            lua_rawseti(lua, -2, ++index);
        }
        place += 9 + (size_t)count;
    }
    lua_setfield(lua, -2, name);
}

static void encode_failure(lua_State *lua, struct hf_lua *host) {
    if (!lua_istable(lua, -1)) {
        const char *text = lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "execution failure";
        lua_pushfstring(lua, "ERR Error running script %s, ", host->name);
        lua_pushlstring(lua, text, strnlen(text, 100));
        lua_concat(lua, 2);
        hf_encode_error(host, lua_tostring(lua, -1));
        return;
    }
    lua_getfield(lua, -1, "err");
    lua_getfield(lua, -2, "source");
    lua_getfield(lua, -3, "line");
    const char *text = lua_isstring(lua, -3) ? lua_tostring(lua, -3) : "ERR unknown";
    if (lua_isstring(lua, -2) && lua_isstring(lua, -1))
        text = lua_pushfstring(
            lua, "%s script: %s, on %s:%s.", text, host->name, lua_tostring(lua, -2),
            lua_tostring(lua, -1));
    hf_encode_error(host, text);
}

static int run_protected(lua_State *lua) {
    struct hf_lua *host = lua_touserdata(lua, 1);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, host->globals);
    set_staged(lua, host, true, "KEYS");
    set_staged(lua, host, false, "ARGV");
    lua_settop(lua, 0);
    lua_pushcfunction(lua, describe_error);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, host->script);
    if (host->instructions_max > 0)
        lua_sethook(lua, stop_script, LUA_MASKCOUNT, host->instructions_max);
    int failure = lua_pcall(lua, 0, 1, 1);
    lua_sethook(lua, NULL, 0, 0);
    host->result.count = 0;
    host->depth = 0;
    if (failure != 0)
        encode_failure(lua, host);
    else
        hf_encode_result(lua, host);
    return 0;
}

void hf_lua_run(struct hf_lua *host, int script, const char *name, int instructions_max) {
    host->script = script;
    host->name = name;
    host->instructions_max = instructions_max;
    if (lua_cpcall(host->lua, run_protected, host) != 0) {
        lua_sethook(host->lua, NULL, 0, 0);
        lua_settop(host->lua, 0);
        host->result.count = 0;
        hf_encode_error(host, "ERR the script host failed");
    }
    host->staged.count = 0;
}
