/* SPDX-License-Identifier: BSD-3-Clause
 * Hashes: MD5, SHA-1, SHA-256, SHA-384, SHA-512, a row each. A state in guest memory is {u32 bytes so far, the words of
 * the state, u8 block[]}; that of SHA-512 has a word of padding before its 64-bit words. When a hash is ended its words
 * are the digest, which callers read there who ask for no bytes of it. */
#include "emu/kernel/crypt.h"

#define PLACES(context, count)                                                                                         \
    .to_words = offsetof(struct context, state), .to_count = offsetof(struct context, count),                          \
    .to_index = offsetof(struct context, index), .to_block = offsetof(struct context, block)

/* clang-format off */
#define ROW(name, state_, word_, words_, block_, digest_, context, count, base) \
    const struct hash_row hash_##name = {.state = state_, .word = word_, .words = words_, .block = block_, \
                                         .digest = digest_, PLACES(context, count), \
                                         .start = &nettle_##name, .library = &nettle_##base};
/*  name    state  word words block digest  library's context      whose start alone is another */
ROW(md5,      84,    4,   4,    64,   16,   md5_ctx,    count,     md5)
ROW(sha1,     88,    4,   5,    64,   20,   sha1_ctx,   count,     sha1)
ROW(sha224,  100,    4,   8,    64,   28,   sha256_ctx, count,     sha256)
ROW(sha256,  100,    4,   8,    64,   32,   sha256_ctx, count,     sha256)
ROW(sha384,  200,    8,   8,   128,   48,   sha512_ctx, count_low, sha512)
ROW(sha512,  200,    8,   8,   128,   64,   sha512_ctx, count_low, sha512)
/* clang-format on */

static void *library_of(const struct hash *hash)
{
    return (void *)&hash->md5;
}

void hash_begin(struct hash *hash, const struct hash_row *row)
{
    memset(hash, 0, sizeof *hash);
    hash->row = row;
    row->start->init(library_of(hash));
}

void hash_take(void *hash, size_t size, const u8 *bytes)
{
    struct hash *h = hash;
    h->row->library->update(library_of(h), size, bytes);
}

void hash_end(struct hash *hash, u8 digest[HASH_DIGEST_MAX])
{
    hash->row->library->digest(library_of(hash), hash->row->word * hash->row->words, digest);
}

void hash_store(const struct hash *hash, u8 *bytes)
{
    const struct hash_row *row = hash->row;
    const u8 *library = library_of(hash);
    u64 count;
    unsigned index;
    memcpy(&count, library + row->to_count, sizeof count);
    memcpy(&index, library + row->to_index, sizeof index);
    memset(bytes, 0, row->state);
    store_be32(bytes, (u32)(count * row->block + index));
    for (u32 i = 0; i < row->words; i++) {
        u64 wide = 0;
        u32 narrow = 0;
        memcpy(row->word == 8 ? (void *)&wide : (void *)&narrow, library + row->to_words + i * row->word, row->word);
        if (row->word == 8)
            store_be64(bytes + row->word + i * row->word, wide);
        else
            store_be32(bytes + row->word + i * row->word, narrow);
    }
    memcpy(bytes + row->word * (row->words + 1), library + row->to_block, index);
}

void hash_fetch(struct hash *hash, const struct hash_row *row, const u8 *bytes)
{
    hash_begin(hash, row);
    u8 *library = library_of(hash);
    u64 count = load_be32(bytes) / row->block;
    unsigned index = load_be32(bytes) % row->block;
    memcpy(library + row->to_count, &count, sizeof count);
    memcpy(library + row->to_index, &index, sizeof index);
    for (u32 i = 0; i < row->words; i++) {
        u64 wide = load_be64(bytes + row->word + i * row->word);
        u32 narrow = load_be32(bytes + row->word + i * row->word);
        memcpy(library + row->to_words + i * row->word, row->word == 8 ? (void *)&wide : (void *)&narrow, row->word);
    }
    memcpy(library + row->to_block, bytes + row->word * (row->words + 1), row->block);
}

bool hash_take_three(struct kcall *k, u32 first, void *context,
                     void (*take)(void *context, size_t size, const u8 *bytes))
{
    for (u32 i = first; i < first + 6; i += 2) {
        if (kcall_u32(k, i) && !crypt_feed(k, kcall_u32(k, i), kcall_u32(k, i + 1), context, take))
            return false;
    }
    return true;
}

u64 hash_give(struct kcall *k, const struct hash_row *row, const u8 *digest, u32 out, u32 size)
{
    crypt_put(k, out, digest, size < row->digest ? size : row->digest);
    return 0;
}

/* state. */
static u64 init(struct kcall *k, const struct hash_row *row)
{
    struct hash hash;
    u8 state[HASH_STATE_MAX];
    hash_begin(&hash, row);
    hash_store(&hash, state);
    crypt_put(k, kcall_u32(k, 0), state, row->state);
    return 0;
}

/* state, bytes, size. */
static u64 update(struct kcall *k, const struct hash_row *row)
{
    struct hash hash;
    u8 state[HASH_STATE_MAX];
    if (!crypt_get(k, kcall_u32(k, 0), state, row->state))
        return 0;
    hash_fetch(&hash, row, state);
    if (!crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &hash, hash_take))
        return 0;
    hash_store(&hash, state);
    crypt_put(k, kcall_u32(k, 0), state, row->state);
    return 0;
}

/* state, digest, size. */
static u64 final(struct kcall *k, const struct hash_row *row)
{
    struct hash hash;
    u8 state[HASH_STATE_MAX], digest[HASH_DIGEST_MAX];
    if (!crypt_get(k, kcall_u32(k, 0), state, row->state))
        return 0;
    hash_fetch(&hash, row, state);
    hash_end(&hash, digest);
    return crypt_put(k, kcall_u32(k, 0) + row->word, digest, row->word * row->words)
               ? hash_give(k, row, digest, kcall_u32(k, 1), kcall_u32(k, 2))
               : 0;
}

/* Three inputs, digest, size. */
static u64 at_once(struct kcall *k, const struct hash_row *row)
{
    struct hash hash;
    u8 digest[HASH_DIGEST_MAX];
    hash_begin(&hash, row);
    if (!hash_take_three(k, 0, &hash, hash_take))
        return 0;
    hash_end(&hash, digest);
    return hash_give(k, row, digest, kcall_u32(k, 6), kcall_u32(k, 7));
}

/* The exports. */
/* clang-format off */
CRYPT_CALL(XeCryptMd5Init,      init,    &hash_md5)
CRYPT_CALL(XeCryptMd5Update,    update,  &hash_md5)
CRYPT_CALL(XeCryptMd5Final,     final,   &hash_md5)
CRYPT_CALL(XeCryptMd5,          at_once, &hash_md5)
CRYPT_CALL(XeCryptShaInit,      init,    &hash_sha1)
CRYPT_CALL(XeCryptShaUpdate,    update,  &hash_sha1)
CRYPT_CALL(XeCryptShaFinal,     final,   &hash_sha1)
CRYPT_CALL(XeCryptSha,          at_once, &hash_sha1)
CRYPT_CALL(XeCryptSha224Init,   init,    &hash_sha224)
CRYPT_CALL(XeCryptSha256Init,   init,    &hash_sha256)
CRYPT_CALL(XeCryptSha256Update, update,  &hash_sha256)
CRYPT_CALL(XeCryptSha256Final,  final,   &hash_sha256)
CRYPT_CALL(XeCryptSha256,       at_once, &hash_sha256)
CRYPT_CALL(XeCryptSha384Init,   init,    &hash_sha384)
CRYPT_CALL(XeCryptSha384Update, update,  &hash_sha384)
CRYPT_CALL(XeCryptSha384Final,  final,   &hash_sha384)
CRYPT_CALL(XeCryptSha384,       at_once, &hash_sha384)
CRYPT_CALL(XeCryptSha512Init,   init,    &hash_sha512)
CRYPT_CALL(XeCryptSha512Update, update,  &hash_sha512)
CRYPT_CALL(XeCryptSha512Final,  final,   &hash_sha512)
CRYPT_CALL(XeCryptSha512,       at_once, &hash_sha512)
/* clang-format on */
