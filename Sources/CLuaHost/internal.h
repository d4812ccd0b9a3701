/* What the files of this target share. */
#ifndef HOLDFAST_LUA_INTERNAL_H
#define HOLDFAST_LUA_INTERNAL_H

#include "CLuaHost.h"

#include <lua5.1/lauxlib.h>
#include <lua5.1/lua.h>
#include <lua5.1/lualib.h>

/* Bytes that grow. */
struct buffer {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

struct chunk;

/* Memory of a state: for each size, what is free. */
struct pool {
    void *free[32];
    struct chunk *chunks;
    size_t used;
};

struct hf_lua {
    lua_State *lua;
    struct pool pool;
    hf_lua_command command;
    void *context;
    /* The real globals, which scripts see through a table that they cannot change. */
    int globals;
    struct buffer answer;
    struct buffer result;
    /* Keys and arguments of the next run: a flag, a length and the bytes of each. */
    struct buffer staged;
    struct hf_lua_slice *slices;
    /* The text of those arguments of a command that are numbers. */
    uint8_t (*numbers)[32];
    int slice_capacity;
    /* The run under way. */
    int script;
    const char *name;
    int instructions_max;
    /* How deep in tables the value is that is being encoded. */
    int depth;
};

/* The allocator of a state, and its end. */
void *hf_pool_allocate(void *pool, void *piece, size_t old_size, size_t size);
void hf_pool_close(struct pool *pool);

void hf_buffer_add(struct buffer *buffer, const void *bytes, size_t count);
void hf_buffer_tag(struct buffer *buffer, uint8_t tag, int64_t number);

/* Pushes the value at the place in the answer, and moves the place behind it. */
void hf_push_answer(lua_State *lua, const struct hf_lua *host, size_t *place);

/* Pushes an error as scripts see it: a table whose `err` starts with a code. */
void hf_push_error(lua_State *lua, const char *text);

/* Pops the value on the stack and adds it to the result. */
void hf_encode_result(lua_State *lua, struct hf_lua *host);

/* Adds an error, without its line ends, to the result. */
void hf_encode_error(struct hf_lua *host, const char *text);

/* Opens the libraries and the `redis` table, and locks them. */
void hf_open_libraries(lua_State *lua, struct hf_lua *host);

#endif
