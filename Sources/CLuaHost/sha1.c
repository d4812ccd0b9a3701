/* SHA-1 (FIPS 180-4): the names of scripts, no secret. */
#include "CLuaHost.h"

#include <string.h>

static uint32_t rotated(uint32_t word, int count) { return word << count | word >> (32 - count); }

static void compress(uint32_t state[5], const uint8_t block[64]) {
    uint32_t schedule[80];
    for (int i = 0; i < 16; i++)
        schedule[i] = (uint32_t)block[i * 4] << 24 | (uint32_t)block[i * 4 + 1] << 16
            | (uint32_t)block[i * 4 + 2] << 8 | block[i * 4 + 3];
    for (int i = 16; i < 80; i++)
        schedule[i] = rotated(
            schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
        uint32_t mixed, constant;
        if (i < 20) {
            mixed = (b & c) | (~b & d);
            constant = 0x5a827999;
        } else if (i < 40) {
            mixed = b ^ c ^ d;
            constant = 0x6ed9eba1;
        } else if (i < 60) {
            mixed = (b & c) | (b & d) | (c & d);
            constant = 0x8f1bbcdc;
        } else {
            mixed = b ^ c ^ d;
            constant = 0xca62c1d6;
        }
        uint32_t next = rotated(a, 5) + mixed + e + constant + schedule[i];
        e = d;
        d = c;
        c = rotated(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void hf_sha1_hex(const uint8_t *bytes, size_t count, uint8_t *digits) {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    size_t whole = count / 64 * 64;
    for (size_t i = 0; i < whole; i += 64) compress(state, bytes + i);

    uint8_t end[128] = {0};
    size_t rest = count - whole;
    if (rest > 0) memcpy(end, bytes + whole, rest);
    end[rest] = 0x80;
    size_t end_count = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)count * 8;
    for (int i = 0; i < 8; i++) end[end_count - 1 - i] = (uint8_t)(bits >> (8 * i));
    for (size_t i = 0; i < end_count; i += 64) compress(state, end + i);

    for (int i = 0; i < 40; i++)
        digits[i] = "0123456789abcdef"[state[i / 8] >> (28 - i % 8 * 4) & 15];
}
