/* Memory for a state: what is small, and nearly all is, comes from lists of its size. The pieces go
   back to the system with the state only. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { step = 16, small_max = 512, chunk_bytes = 1 << 18 };

struct chunk {
    struct chunk *next;
    _Alignas(step) uint8_t bytes[chunk_bytes];
};

static int class_of(size_t size) { return (int)((size - 1) / step); }

static void *take(struct pool *pool, size_t size) {
    int class = class_of(size);
    void *piece = pool->free[class];
    if (piece != NULL) {
        memcpy(&pool->free[class], piece, sizeof piece);
        return piece;
    }
    size_t whole = (size_t)(class + 1) * step;
    if (pool->chunks == NULL || chunk_bytes - pool->used < whole) {
        struct chunk *chunk = malloc(sizeof *chunk);
        if (chunk == NULL) return NULL;
        chunk->next = pool->chunks;
        pool->chunks = chunk;
        pool->used = 0;
    }
    piece = pool->chunks->bytes + pool->used;
    pool->used += whole;
    return piece;
}

static void give(struct pool *pool, void *piece, size_t size) {
    int class = class_of(size);
    memcpy(piece, &pool->free[class], sizeof piece);
    pool->free[class] = piece;
}

void *hf_pool_allocate(void *context, void *piece, size_t old_size, size_t size) {
    struct pool *pool = context;
    bool was_small = old_size > 0 && old_size <= small_max;
    if (size == 0) {
        if (piece == NULL) return NULL;
        if (was_small) give(pool, piece, old_size); else free(piece);
        return NULL;
    }
    bool is_small = size <= small_max;
    if (piece == NULL) return is_small ? take(pool, size) : malloc(size);
    if (!was_small && !is_small) return realloc(piece, size);
    if (was_small && is_small && class_of(old_size) == class_of(size)) return piece;
    void *moved = is_small ? take(pool, size) : malloc(size);
    if (moved == NULL) return NULL;
    memcpy(moved, piece, old_size < size ? old_size : size);
    if (was_small) give(pool, piece, old_size); else free(piece);
    return moved;
}

void hf_pool_close(struct pool *pool) {
    while (pool->chunks != NULL) {
        struct chunk *next = pool->chunks->next;
        free(pool->chunks);
        pool->chunks = next;
    }
}
