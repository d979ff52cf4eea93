/* SPDX-License-Identifier: BSD-3-Clause
 * Lines out of a buffer that grows up to the longest line (diff/import_input.h). */
#include "diff/import_input.h"
#include "diff/import_unpack.h"

#include <stdlib.h>
#include <xxhash.h>

struct import_input {
    const char *path;
    struct unpack *unpack;
    char *buffer;
    size_t capacity, start, end; /* bytes start..end are read and not given */
    bool ended;
    bool damaged;
    u64 bytes;          /* given */
    XXH3_state_t *hash; /* of those, but for buffer[hashed..start) */
    size_t hashed;
    struct err err;
};

struct import_input *input_open(const char *path, struct err *err)
{
    struct unpack *unpack = unpack_open(path, err);
    if (!unpack)
        return NULL;
    struct import_input *in = calloc(1, sizeof *in);
    CHECK(in, "out of memory");
    in->path = !strcmp(path, "-") ? "standard input" : path;
    in->unpack = unpack;
    in->hash = XXH3_createState();
    CHECK(in->hash, "out of memory");
    XXH3_64bits_reset(in->hash);
    in->capacity = 2 * INPUT_PEEK;
    in->buffer = calloc(1, in->capacity + INPUT_BEHIND);
    CHECK(in->buffer, "out of memory");
    return in;
}

void input_close(struct import_input *in)
{
    if (!in)
        return;
    unpack_close(in->unpack);
    XXH3_freeState(in->hash);
    free(in->buffer);
    free(in);
}

/* What was given lately is still in the processor's cache: so it costs little. */
static void hash_given(struct import_input *in)
{
    XXH3_64bits_update(in->hash, in->buffer + in->hashed, in->start - in->hashed);
    in->hashed = in->start;
}

u64 input_hash(struct import_input *in)
{
    hash_given(in);
    return XXH3_64bits_digest(in->hash);
}

/* Makes room behind the bytes that are there. */
static void make_room(struct import_input *in)
{
    if (in->start) { /* what is moved is at most a part of a line */
        hash_given(in);
        memmove(in->buffer, in->buffer + in->start, in->end - in->start);
        in->end -= in->start;
        in->start = in->hashed = 0;
    }
    if (in->capacity - in->end < in->capacity / 4) {
        in->capacity *= 2;
        in->buffer = realloc(in->buffer, in->capacity + INPUT_BEHIND);
        CHECK(in->buffer, "out of memory");
        memset(in->buffer + in->capacity, 0, INPUT_BEHIND);
    }
}

/* After damage, the lines before it are still given. */
static void fill(struct import_input *in)
{
    make_room(in);
    ptrdiff_t size = unpack_read(in->unpack, in->buffer + in->end, in->capacity - in->end, &in->err);
    in->damaged = size < 0;
    in->ended = size <= 0;
    in->end += size > 0 ? (size_t)size : 0;
}

static int give(struct import_input *in, const char **line, size_t *size, size_t length, bool whole, bool *is_whole)
{
    *line = in->buffer + in->start;
    *size = length;
    *is_whole = whole;
    in->start += length + whole;
    in->bytes += length + whole;
    return 1;
}

int input_line(struct import_input *in, const char **line, size_t *size, bool *whole, struct err *err)
{
    size_t seen = 0;
    for (;;) {
        const char *from = in->buffer + in->start;
        const char *newline = memchr(from + seen, '\n', in->end - in->start - seen);
        if (newline && (size_t)(newline - from) <= INPUT_LINE_MAX)
            return give(in, line, size, (size_t)(newline - from), true, whole);
        seen = in->end - in->start;
        if (seen > INPUT_LINE_MAX)
            return give(in, line, size, INPUT_LINE_MAX, false, whole);
        if (in->ended)
            break;
        fill(in);
    }
    if (seen)
        return give(in, line, size, seen, false, whole);
    if (!in->damaged)
        return 0;
    *err = in->err;
    return -1;
}

const char *input_window(const struct import_input *in, const char **end)
{
    *end = in->buffer + in->end;
    return in->buffer + in->start;
}

void input_take(struct import_input *in, const char *to)
{
    size_t size = (size_t)(to - in->buffer) - in->start;
    in->start += size;
    in->bytes += size;
}

const char *input_peek(struct import_input *in, size_t *size, struct err *err)
{
    while (!in->ended && in->end - in->start < INPUT_PEEK)
        fill(in);
    *size = in->end - in->start;
    if (in->damaged && !*size) {
        *err = in->err;
        return NULL;
    }
    return in->buffer + in->start;
}

/* Makes the buffer hold something. False: the log ends. */
static bool refill(struct import_input *in)
{
    while (in->start == in->end && !in->ended)
        fill(in);
    return in->start < in->end;
}

bool input_skip(struct import_input *in, u64 to, struct err *err)
{
    while (in->bytes < to && refill(in)) {
        u64 there = in->end - in->start;
        size_t size = to - in->bytes < there ? (size_t)(to - in->bytes) : there;
        in->start += size;
        in->bytes += size;
    }
    if (in->bytes < to && in->damaged) {
        *err = in->err;
        return false;
    }
    return in->bytes == to ||
           err_set(err, "%s: it has %llu bytes, but %llu of it are in the journal: it is another log, or was cut",
                   in->path, (unsigned long long)in->bytes, (unsigned long long)to);
}

const char *input_packing(const struct import_input *in)
{
    return unpack_packing(in->unpack);
}

u64 input_position(const struct import_input *in)
{
    return unpack_position(in->unpack);
}

u64 input_size(const struct import_input *in)
{
    return unpack_size(in->unpack);
}

u64 input_bytes(const struct import_input *in)
{
    return in->bytes;
}
