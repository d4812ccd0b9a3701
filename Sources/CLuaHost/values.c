/* Values between Lua and the buffers: the conversions of Redis 7.0, with RESP 2. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hf_buffer_add(struct buffer *buffer, const void *bytes, size_t count) {
    if (buffer->count + count > buffer->capacity) {
        size_t capacity = (buffer->count + count) * 2 + 256;
        uint8_t *grown = realloc(buffer->bytes, capacity);
        if (grown == NULL) abort();
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    if (count > 0) memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}

void hf_buffer_tag(struct buffer *buffer, uint8_t tag, int64_t number) {
    uint8_t head[9] = {tag};
    memcpy(head + 1, &number, 8);
    hf_buffer_add(buffer, head, sizeof head);
}

void hf_lua_answer(struct hf_lua *host, uint8_t tag, int64_t number) {
    hf_buffer_tag(&host->answer, tag, number);
}

void hf_lua_answer_bytes(struct hf_lua *host, uint8_t tag, const uint8_t *bytes, size_t count) {
    hf_buffer_tag(&host->answer, tag, (int64_t)count);
    hf_buffer_add(&host->answer, bytes, count);
}

size_t hf_format_double(double number, uint8_t *text) {
    if (isinf(number)) {
        memcpy(text, number > 0 ? "inf" : "-inf", 4);
        return number > 0 ? 3 : 4;
    }
    return (size_t)snprintf((char *)text, 32, "%.17g", number);
}

void hf_push_error(lua_State *lua, const char *text) {
    const char *code = "ERR", *message = text;
    size_t code_count = 3;
    if (text[0] == '-') {
        const char *space = strchr(text, ' ');
        message = text + 1;
        if (space != NULL) {
            code = text + 1;
            code_count = (size_t)(space - code);
            message = space + 1;
        }
    }
    size_t count = strlen(message);
    while (count > 0 && strchr("\r\n", message[0])) message++, count--;
    while (count > 0 && strchr("\r\n", message[count - 1])) count--;
    lua_createtable(lua, 0, 2);
    lua_pushlstring(lua, code, code_count);
    lua_pushliteral(lua, " ");
    lua_pushlstring(lua, message, count);
    lua_concat(lua, 3);
    lua_setfield(lua, -2, "err");
}

/* An error that a command answered: marked, as Redis marks it, as counted already. */
static void push_answered_error(lua_State *lua, const uint8_t *bytes, size_t count) {
    lua_pushliteral(lua, "-");
    lua_pushlstring(lua, (const char *)bytes, count);
    lua_concat(lua, 2);
    hf_push_error(lua, lua_tostring(lua, -1));
    lua_remove(lua, -2);
    lua_pushboolean(lua, 1);
    lua_setfield(lua, -2, "ignore_error_stats_update");
}

void hf_push_answer(lua_State *lua, const struct hf_lua *host, size_t *place) {
    const uint8_t *at = host->answer.bytes + *place;
    int64_t number;
    memcpy(&number, at + 1, 8);
    *place += 9;
    luaL_checkstack(lua, 4, "answer too deep");
    switch (at[0]) {
    case HF_LUA_INTEGER: lua_pushnumber(lua, (lua_Number)number); return;
    case HF_LUA_BULK:
        lua_pushlstring(lua, (const char *)at + 9, (size_t)number);
        *place += (size_t)number;
        return;
    case HF_LUA_STATUS:
        lua_createtable(lua, 0, 1);
        lua_pushlstring(lua, (const char *)at + 9, (size_t)number);
        lua_setfield(lua, -2, "ok");
        *place += (size_t)number;
        return;
    case HF_LUA_ERROR:
        push_answered_error(lua, at + 9, (size_t)number);
        *place += (size_t)number;
        return;
    case HF_LUA_ARRAY:
        lua_createtable(lua, (int)number, 0);
        for (int i = 1; i <= number; i++) {
            hf_push_answer(lua, host, place);
            lua_rawseti(lua, -2, i);
        }
        return;
    default: lua_pushboolean(lua, 0);
    }
}

/* A line of the protocol has no line ends in it, and what Redis keeps in a C string ends at NUL. */
static void encode_line(struct hf_lua *host, uint8_t tag, const char *text) {
    size_t count = strlen(text);
    hf_buffer_tag(&host->result, tag, (int64_t)count);
    hf_buffer_add(&host->result, text, count);
    uint8_t *line = host->result.bytes + host->result.count - count;
    for (size_t i = 0; i < count; i++)
        if (line[i] == '\r' || line[i] == '\n') line[i] = ' ';
}

void hf_encode_error(struct hf_lua *host, const char *text) {
    encode_line(host, HF_LUA_ERROR, text);
}

/* The error in the table on the stack, which Redis trims before it is sent. */
static void encode_error_table(lua_State *lua, struct hf_lua *host) {
    const char *text = lua_tostring(lua, -1);
    size_t count = strlen(text);
    while (count > 0 && strchr("\r\n", text[count - 1])) count--;
    lua_pushlstring(lua, text, count);
    hf_encode_error(host, lua_tostring(lua, -1));
    lua_pop(lua, 1);
}

static void encode_table(lua_State *lua, struct hf_lua *host) {
    lua_pushliteral(lua, "err");
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == LUA_TSTRING) {
        encode_error_table(lua, host);
        lua_pop(lua, 1);
        return;
    }
    lua_pop(lua, 1);
    lua_pushliteral(lua, "ok");
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == LUA_TSTRING) {
        encode_line(host, HF_LUA_STATUS, lua_tostring(lua, -1));
        lua_pop(lua, 1);
        return;
    }
    lua_pop(lua, 1);
    lua_pushliteral(lua, "double");
    lua_rawget(lua, -2);
    if (lua_type(lua, -1) == LUA_TNUMBER) {
        uint8_t text[32];
        size_t count = hf_format_double(lua_tonumber(lua, -1), text);
        hf_buffer_tag(&host->result, HF_LUA_BULK, (int64_t)count);
        hf_buffer_add(&host->result, text, count);
        lua_pop(lua, 1);
        return;
    }
    lua_pop(lua, 1);

    size_t head = host->result.count;
    hf_buffer_tag(&host->result, HF_LUA_ARRAY, 0);
    int64_t count = 0;
    for (;; count++) {
        lua_rawgeti(lua, -1, (int)count + 1);
        if (lua_isnil(lua, -1)) break;
        hf_encode_result(lua, host);
    }
    lua_pop(lua, 1);
    memcpy(host->result.bytes + head + 1, &count, 8);
}

/* Redis nests until Lua's stack is full, 8000 deep, which no client reads and no thread of a test has
   the stack for. */
enum { depth_max = 100 };

void hf_encode_result(lua_State *lua, struct hf_lua *host) {
    if (host->depth == depth_max || !lua_checkstack(lua, 4)) {
        hf_encode_error(host, "ERR reached lua stack limit");
        lua_pop(lua, 1);
        return;
    }
    switch (lua_type(lua, -1)) {
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(lua, -1, &count);
        hf_buffer_tag(&host->result, HF_LUA_BULK, (int64_t)count);
        hf_buffer_add(&host->result, bytes, count);
        break;
    }
    case LUA_TBOOLEAN:
        if (lua_toboolean(lua, -1))
            hf_buffer_tag(&host->result, HF_LUA_INTEGER, 1);
        else
            hf_buffer_tag(&host->result, HF_LUA_NULL, 0);
        break;
    case LUA_TNUMBER: {
        /* What the processor does with numbers that do not fit, said in C. */
        double number = lua_tonumber(lua, -1);
        bool fits = number >= -0x1p63 && number < 0x1p63;
        hf_buffer_tag(&host->result, HF_LUA_INTEGER, fits ? (int64_t)number : INT64_MIN);
        break;
    }
    case LUA_TTABLE:
        host->depth++;
        encode_table(lua, host);
        host->depth--;
        break;
    default: hf_buffer_tag(&host->result, HF_LUA_NULL, 0);
    }
    lua_pop(lua, 1);
}
