/* SPDX-License-Identifier: BSD-3-Clause
 * zlib, LZ4 and zstd behind one function (diff/import_unpack.h). Each step takes some packed bytes and gives some plain
 * ones; `mid` tells whether the stream could not end here. */
#include "diff/import_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { PACKED_BYTES = 1 << 18, MAGIC_BYTES = 4 };

struct packing {
    const char *name;
    u8 magic[MAGIC_BYTES];
    u32 magic_size;
    bool (*begin)(struct unpack *u);
    /* Moves *from and *to on by what it took and gave. NULL, or what is wrong. */
    const char *(*step)(struct unpack *u, const u8 **from, const u8 *from_end, u8 **to, u8 *to_end);
    void (*end)(struct unpack *u);
};

struct unpack {
    const char *path;
    int file;
    const struct packing *packing; /* NULL: plain */
    z_stream zlib;
    LZ4F_dctx *lz4;
    ZSTD_DCtx *zstd;
    const char *why; /* what is wrong with the packed data from here on */
    bool mid;        /* inside a packed stream */
    bool pending;    /* more may come without further input: the last read filled all it was given */
    bool begun, ended;
    u64 position, size;
    u8 *at, *end; /* packed bytes that were read and not taken */
    u8 packed[PACKED_BYTES];
};

/* ---- gzip. ---- */

static bool gzip_begin(struct unpack *u)
{
    return inflateInit2(&u->zlib, 15 + 16) == Z_OK;
}

static const char *gzip_step(struct unpack *u, const u8 **from, const u8 *from_end, u8 **to, u8 *to_end)
{
    z_stream *z = &u->zlib;
    if (!u->mid)
        inflateReset(z);
    u->mid = true;
    z->next_in = (u8 *)*from, z->avail_in = (uInt)(from_end - *from);
    z->next_out = *to, z->avail_out = (uInt)(to_end - *to);
    int code = inflate(z, Z_NO_FLUSH);
    *from = z->next_in, *to = z->next_out;
    if (code == Z_STREAM_END)
        u->mid = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return z->msg ? z->msg : "not gzip";
    return NULL;
}

static void gzip_end(struct unpack *u)
{
    inflateEnd(&u->zlib);
}

/* ---- LZ4 frames. ---- */

static bool lz4_begin(struct unpack *u)
{
    return !LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION));
}

static const char *lz4_step(struct unpack *u, const u8 **from, const u8 *from_end, u8 **to, u8 *to_end)
{
    size_t taken = (size_t)(from_end - *from), given = (size_t)(to_end - *to);
    size_t left = LZ4F_decompress(u->lz4, *to, &given, *from, &taken, NULL);
    if (LZ4F_isError(left))
        return LZ4F_getErrorName(left);
    *from += taken, *to += given;
    u->mid = left != 0;
    return NULL;
}

static void lz4_end(struct unpack *u)
{
    LZ4F_freeDecompressionContext(u->lz4);
}

/* ---- zstd. ---- */

static bool zstd_begin(struct unpack *u)
{
    u->zstd = ZSTD_createDCtx();
    return u->zstd;
}

static const char *zstd_step(struct unpack *u, const u8 **from, const u8 *from_end, u8 **to, u8 *to_end)
{
    ZSTD_inBuffer in = {*from, (size_t)(from_end - *from), 0};
    ZSTD_outBuffer out = {*to, (size_t)(to_end - *to), 0};
    size_t left = ZSTD_decompressStream(u->zstd, &out, &in);
    if (ZSTD_isError(left))
        return ZSTD_getErrorName(left);
    *from += in.pos, *to += out.pos;
    u->mid = left != 0;
    return NULL;
}

static void zstd_end(struct unpack *u)
{
    ZSTD_freeDCtx(u->zstd);
}

static const struct packing packings[] = {
    {"gzip", {0x1F, 0x8B}, 2, gzip_begin, gzip_step, gzip_end},
    {"lz4", {0x04, 0x22, 0x4D, 0x18}, 4, lz4_begin, lz4_step, lz4_end},
    {"zstd", {0x28, 0xB5, 0x2F, 0xFD}, 4, zstd_begin, zstd_step, zstd_end},
};

/* ---- The file. ---- */

/* Bytes read, 0 only at the end, -1: err. */
static ptrdiff_t read_file(struct unpack *u, void *out, size_t capacity, struct err *err)
{
    ptrdiff_t size;
    do
        size = read(u->file, out, capacity);
    while (size < 0 && errno == EINTR);
    if (size < 0) {
        err_set(err, "%s: cannot be read behind byte %llu: %s", u->path, (unsigned long long)u->position,
                strerror(errno));
        return -1;
    }
    u->position += (u64)size;
    u->ended = !size;
    return size;
}

static bool refill(struct unpack *u, struct err *err)
{
    ptrdiff_t size = read_file(u, u->packed, sizeof u->packed, err);
    u->at = u->packed, u->end = u->packed + (size > 0 ? size : 0);
    return size >= 0;
}

struct unpack *unpack_open(const char *path, struct err *err)
{
    bool is_stdin = !strcmp(path, "-");
    struct stat status;
    struct unpack *u = calloc(1, sizeof *u);
    CHECK(u, "out of memory");
    u->path = is_stdin ? "standard input" : path;
    u->file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (u->file < 0) {
        err_set(err, "%s: %s", path, strerror(errno));
        free(u);
        return NULL;
    }
    bool is_file = !is_stdin && !fstat(u->file, &status) && S_ISREG(status.st_mode);
    u->size = is_file ? (u64)status.st_size : 0;
    return u;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    if (u->packing)
        u->packing->end(u);
    if (u->file != STDIN_FILENO)
        close(u->file);
    free(u);
}

static bool begin(struct unpack *u, struct err *err)
{
    u->begun = true;
    u->at = u->end = u->packed;
    while (!u->ended && u->end - u->at < MAGIC_BYTES) { /* a pipe gives what it has */
        ptrdiff_t size = read_file(u, u->end, sizeof u->packed - (size_t)(u->end - u->at), err);
        if (size < 0)
            return false;
        u->end += size;
    }
    for (size_t i = 0; i < countof(packings); i++) {
        const struct packing *p = &packings[i];
        if ((size_t)(u->end - u->at) < p->magic_size || memcmp(u->at, p->magic, p->magic_size) != 0)
            continue;
        CHECK(p->begin(u), "out of memory");
        u->packing = p;
    }
    return true;
}

/* What the look for a packing has read, then from the file. */
static ptrdiff_t read_plain(struct unpack *u, char *out, size_t capacity, struct err *err)
{
    size_t size = (size_t)(u->end - u->at);
    if (!size)
        return read_file(u, out, capacity, err);
    size = size < capacity ? size : capacity;
    memcpy(out, u->at, size);
    u->at += size;
    return (ptrdiff_t)size;
}

/* -1: damaged. What was unpacked before the damage has been given by earlier calls, or is given now. */
static ptrdiff_t read_packed(struct unpack *u, char *out, size_t capacity, struct err *err)
{
    u8 *to = (u8 *)out;
    const u8 *from = u->at;
    if (!u->why)
        u->why = u->packing->step(u, &from, u->end, &to, (u8 *)out + capacity);
    u->at += from - u->at;
    if (!u->why || to > (u8 *)out)
        return to - (u8 *)out;
    err_set(err, "%s: damaged %s data before byte %llu: %s", u->path, u->packing->name, (unsigned long long)u->position,
            u->why);
    return -1;
}

static ptrdiff_t at_end(const struct unpack *u, struct err *err)
{
    if (!u->mid)
        return 0;
    err_set(err, "%s: the %s data ends in the middle, at byte %llu", u->path, u->packing->name,
            (unsigned long long)u->position);
    return -1;
}

ptrdiff_t unpack_read(struct unpack *u, char *out, size_t capacity, struct err *err)
{
    if (!u->begun && !begin(u, err))
        return -1;
    if (!u->packing)
        return read_plain(u, out, capacity, err);
    for (;;) {
        bool more = u->pending || u->why;
        if (u->at == u->end && !u->ended && !more && !refill(u, err))
            return -1;
        if (u->ended && !more && u->at == u->end)
            return at_end(u, err);
        ptrdiff_t size = read_packed(u, out, capacity, err);
        u->pending = u->mid && size == (ptrdiff_t)capacity;
        if (size)
            return size;
    }
}

const char *unpack_packing(const struct unpack *u)
{
    return u->packing ? u->packing->name : "plain";
}

u64 unpack_position(const struct unpack *u)
{
    return u->position - (u64)(u->end - u->at);
}

u64 unpack_size(const struct unpack *u)
{
    return u->size;
}
