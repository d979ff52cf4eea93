/* SPDX-License-Identifier: BSD-3-Clause
 * The words every folder shares: integer types, big-endian guest data, host errors, broken invariants.
 * Three kinds of failure, three treatments: guest errors are data (a status); host errors are
 * `bool f(..., struct err *)`; broken invariants are CHECK(), on in every build. */
#ifndef SCHEMA_BASE_H
#define SCHEMA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define countof(array) (sizeof(array) / sizeof((array)[0]))
#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)

/* Big-endian guest data is a type, so that a forgotten swap does not compile. */
typedef struct {
    u8 b[2];
} be16;
typedef struct {
    u8 b[4];
} be32;
typedef struct {
    u8 b[8];
} be64;

static inline u16 load_be16(const void *p)
{
    u16 v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap16(v);
}

static inline u32 load_be32(const void *p)
{
    u32 v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap32(v);
}

static inline u64 load_be64(const void *p)
{
    u64 v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap64(v);
}

static inline void store_be16(void *p, u16 v)
{
    v = __builtin_bswap16(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_be32(void *p, u32 v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, sizeof v);
}

static inline void store_be64(void *p, u64 v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, sizeof v);
}

/* clang-format off */
static inline u16 be16_get(be16 v) { return load_be16(v.b); }
static inline u32 be32_get(be32 v) { return load_be32(v.b); }
static inline u64 be64_get(be64 v) { return load_be64(v.b); }
static inline void be16_set(be16 *p, u16 v) { store_be16(p->b, v); }
static inline void be32_set(be32 *p, u32 v) { store_be32(p->b, v); }
static inline void be64_set(be64 *p, u64 v) { store_be64(p->b, v); }
/* clang-format on */

/* A host error: one sentence for the user that names the file, the place and the reason. Owned by the caller, no
 * allocation. */
struct err {
    char text[1024];
};

/* Fills err (which may be NULL) and returns false, so that failing is one line: return err_set(err, "...", ...); */
bool err_set(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A broken invariant: prints the place and the reason, calls the hook (which prints where the machine is and saves the
 * journal), and aborts. */
#define CHECK(condition, ...)                                                                                          \
    do {                                                                                                               \
        if (unlikely(!(condition)))                                                                                    \
            check_failed(__FILE__, __LINE__, #condition, __VA_ARGS__);                                                 \
    } while (0)

_Noreturn void check_failed(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_set_hook(void (*hook)(void *context), void *context);

#endif
