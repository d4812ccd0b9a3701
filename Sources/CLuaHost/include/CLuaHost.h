/* One Lua 5.1 state that runs scripts as Redis 7.0 does; for the simulator only.

   Lua reports errors by longjmp, which must not cross a Swift frame. So everything that can raise
   an error is on this side: Swift stages bytes, calls, and reads bytes; a command of a script calls
   Swift, which leaves its answer in a buffer and returns, and only then is an error raised here. */
#ifndef HOLDFAST_LUA_HOST_H
#define HOLDFAST_LUA_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hf_lua;

/* One argument of a command; valid until the callback returns. */
struct hf_lua_slice {
    const uint8_t *bytes;
    size_t count;
};

/* Carries out the command of a redis.call and leaves its answer by hf_lua_answer. */
typedef void (*hf_lua_command)(
    void *context, const struct hf_lua_slice *arguments, size_t count);

/* What a value in a buffer is; an integer or a length follows as 8 bytes of the machine's order. */
enum {
    HF_LUA_NULL = 0,
    HF_LUA_INTEGER = 1,
    HF_LUA_STATUS = 2,
    HF_LUA_BULK = 3,
    HF_LUA_ERROR = 4,
    HF_LUA_ARRAY = 5,
};

/* A new state, or null when there is no memory. */
struct hf_lua *hf_lua_open(hf_lua_command command, void *context);
void hf_lua_close(struct hf_lua *host);

/* Compiles a script: its handle, or -1 with the message, as bytes without a tag, as the result. */
int hf_lua_compile(struct hf_lua *host, const uint8_t *body, size_t count);
void hf_lua_forget(struct hf_lua *host, int script);

/* Adds one string to the keys, or to the arguments, of the next run. */
void hf_lua_stage(struct hf_lua *host, bool is_key, const uint8_t *bytes, size_t count);

/* Runs a script with what was staged, for at most so many instructions (0: to its end); errors call
   it by name.
   The result is one value. */
void hf_lua_run(struct hf_lua *host, int script, const char *name, int instructions_max);

/* What the last compilation or run left. */
const uint8_t *hf_lua_result(const struct hf_lua *host, size_t *count);

/* The answer to the command under way, written front to back; a number is an integer or a length. */
void hf_lua_answer(struct hf_lua *host, uint8_t tag, int64_t number);
void hf_lua_answer_bytes(struct hf_lua *host, uint8_t tag, const uint8_t *bytes, size_t count);

/* The SHA-1 of the bytes, as 40 hexadecimal digits without an end mark. */
void hf_sha1_hex(const uint8_t *bytes, size_t count, uint8_t *digits);

/* The number as Redis prints scores, into 32 bytes; how many are used. */
size_t hf_format_double(double number, uint8_t *text);

#endif
