/* SPDX-License-Identifier: BSD-3-Clause
 * Codes of authenticity: HMAC over MD5 and SHA-1 (RFC 2104), the sum that turns (RotSum), and those that the console's
 * accessories use: the Parve cipher chained, and Chain & Sum. HMAC's state is two of its hash: the inner one, which
 * takes the bytes, and the outer one. Facts of the last three: ExCrypt. */
#include "emu/kernel/crypt.h"
#include "emu/memory/memory.h"

struct hmac {
    struct hash inner;
    struct hash outer;
};

enum { PAD_INNER = 0x36, PAD_OUTER = 0x5C, BLOCK = 64 };

static void begin_padded(struct hash *hash, const struct hash_row *row, const u8 key[BLOCK], u8 with)
{
    u8 pad[BLOCK];
    for (u32 i = 0; i < BLOCK; i++)
        pad[i] = key[i] ^ with;
    hash_begin(hash, row);
    hash_take(hash, sizeof pad, pad);
}

/* A key longer than a block is taken by its hash. */
static bool hmac_begin(struct kcall *k, struct hmac *hmac, const struct hash_row *row, u32 key, u32 size)
{
    u8 block[BLOCK] = {0}, digest[HASH_DIGEST_MAX];
    struct hash hash;
    if (size > BLOCK) {
        hash_begin(&hash, row);
        if (!crypt_feed(k, key, size, &hash, hash_take))
            return false;
        hash_end(&hash, digest);
        memcpy(block, digest, row->digest);
    } else if (!crypt_get(k, key, block, size)) {
        return false;
    }
    begin_padded(&hmac->inner, row, block, PAD_INNER);
    begin_padded(&hmac->outer, row, block, PAD_OUTER);
    return true;
}

static void hmac_end(struct hmac *hmac, u8 digest[HASH_DIGEST_MAX])
{
    hash_end(&hmac->inner, digest);
    hash_take(&hmac->outer, hmac->inner.row->digest, digest);
    hash_end(&hmac->outer, digest);
}

static void hmac_put(struct kcall *k, const struct hmac *hmac)
{
    u8 state[2 * HASH_STATE_MAX];
    u32 size = hmac->inner.row->state;
    hash_store(&hmac->inner, state);
    hash_store(&hmac->outer, state + size);
    crypt_put(k, kcall_u32(k, 0), state, 2 * size);
}

static bool hmac_get(struct kcall *k, struct hmac *hmac, const struct hash_row *row)
{
    u8 state[2 * HASH_STATE_MAX];
    if (!crypt_get(k, kcall_u32(k, 0), state, 2 * row->state))
        return false;
    hash_fetch(&hmac->inner, row, state);
    hash_fetch(&hmac->outer, row, state + row->state);
    return true;
}

/* state, key, size. */
static u64 init(struct kcall *k, const struct hash_row *row)
{
    struct hmac hmac;
    if (hmac_begin(k, &hmac, row, kcall_u32(k, 1), kcall_u32(k, 2)))
        hmac_put(k, &hmac);
    return 0;
}

/* state, bytes, size. */
static u64 update(struct kcall *k, const struct hash_row *row)
{
    struct hmac hmac;
    if (hmac_get(k, &hmac, row) && crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &hmac.inner, hash_take))
        hmac_put(k, &hmac);
    return 0;
}

/* state, digest, size. */
static u64 final(struct kcall *k, const struct hash_row *row)
{
    struct hmac hmac;
    u8 digest[HASH_DIGEST_MAX];
    if (!hmac_get(k, &hmac, row))
        return 0;
    hmac_end(&hmac, digest);
    return hash_give(k, row, digest, kcall_u32(k, 1), kcall_u32(k, 2));
}

/* key, size, three inputs. False: a fault is set. */
static bool whole(struct kcall *k, const struct hash_row *row, u8 digest[HASH_DIGEST_MAX])
{
    struct hmac hmac;
    if (!hmac_begin(k, &hmac, row, kcall_u32(k, 0), kcall_u32(k, 1)) || !hash_take_three(k, 2, &hmac.inner, hash_take))
        return false;
    hmac_end(&hmac, digest);
    return true;
}

/* key, size, three inputs, digest, size. */
static u64 at_once(struct kcall *k, const struct hash_row *row)
{
    u8 digest[HASH_DIGEST_MAX];
    return whole(k, row, digest) ? hash_give(k, row, digest, kcall_u32(k, 8), kcall_u32(k, 9)) : 0;
}

/* The exports. */
/* clang-format off */
CRYPT_CALL(XeCryptHmacMd5Init,   init,    &hash_md5)
CRYPT_CALL(XeCryptHmacMd5Update, update,  &hash_md5)
CRYPT_CALL(XeCryptHmacMd5Final,  final,   &hash_md5)
CRYPT_CALL(XeCryptHmacMd5,       at_once, &hash_md5)
CRYPT_CALL(XeCryptHmacShaInit,   init,    &hash_sha1)
CRYPT_CALL(XeCryptHmacShaUpdate, update,  &hash_sha1)
CRYPT_CALL(XeCryptHmacShaFinal,  final,   &hash_sha1)
CRYPT_CALL(XeCryptHmacSha,       at_once, &hash_sha1)
/* clang-format on */

/* The same, compared with what is given: 1 if they are equal. */
u64 xboxkrnl_XeCryptHmacShaVerify(struct kcall *k)
{
    u8 digest[HASH_DIGEST_MAX], wanted[SHA1_DIGEST_SIZE];
    u32 size = kcall_u32(k, 9);
    return whole(k, &hash_sha1, digest) && size <= sizeof wanted && crypt_get(k, kcall_u32(k, 8), wanted, size) &&
           memcmp(digest, wanted, size) == 0;
}

static u64 turn_left(u64 value, u32 bits)
{
    return value << bits | value >> (64 - bits);
}

/* Two sums of quadwords, one up and one down, each with its carries counted before it; those of the second are taken
 * from a comparison that is not quite theirs. */
static void rot_sum(void *context, size_t size, const u8 *bytes)
{
    u64 *sum = context;
    for (size_t at = 0; at + 8 <= size; at += 8) {
        u64 value = load_be64(bytes + at);
        sum[1] += value;
        sum[3] -= value;
        sum[0] += sum[1] < value;
        sum[2] -= sum[3] > value;
        sum[1] = turn_left(sum[1], 29);
        sum[3] = turn_left(sum[3], 31);
    }
}

/* Two inputs, digest, size: SHA-1 over the sum twice, the inputs, and the sum's complement twice. */
u64 xboxkrnl_XeCryptRotSumSha(struct kcall *k)
{
    u64 sum[4] = {0};
    u8 bytes[32], digest[HASH_DIGEST_MAX];
    struct hash hash;
    if (!crypt_feed(k, kcall_u32(k, 0), kcall_u32(k, 1) & ~7u, sum, rot_sum) ||
        !crypt_feed(k, kcall_u32(k, 2), kcall_u32(k, 3) & ~7u, sum, rot_sum))
        return 0;
    for (u32 i = 0; i < 4; i++)
        store_be64(bytes + i * 8, sum[i]);
    hash_begin(&hash, &hash_sha1);
    hash_take(&hash, sizeof bytes, bytes);
    hash_take(&hash, sizeof bytes, bytes);
    if (!crypt_feed(k, kcall_u32(k, 0), kcall_u32(k, 1), &hash, hash_take) ||
        !crypt_feed(k, kcall_u32(k, 2), kcall_u32(k, 3), &hash, hash_take))
        return 0;
    for (u32 i = 0; i < sizeof bytes; i++)
        bytes[i] = (u8)~bytes[i];
    hash_take(&hash, sizeof bytes, bytes);
    hash_take(&hash, sizeof bytes, bytes);
    hash_end(&hash, digest);
    return hash_give(k, &hash_sha1, digest, kcall_u32(k, 4), kcall_u32(k, 5));
}

enum { PARVE_BLOCK = 8, PARVE_SBOX = 256 };

struct parve {
    u8 key[PARVE_BLOCK];
    u8 sbox[PARVE_SBOX];
    u8 block[PARVE_BLOCK];
};

/* Eight rounds; each byte is changed by the one before it, the first by the last. */
static void parve_block(struct parve *p)
{
    u8 ring[PARVE_BLOCK + 1];
    memcpy(ring, p->block, PARVE_BLOCK);
    ring[PARVE_BLOCK] = ring[0];
    for (u32 round = PARVE_BLOCK; round > 0; round--) {
        for (u32 i = 0; i < PARVE_BLOCK; i++) {
            u8 sum = (u8)(p->sbox[(u8)(p->key[i] + ring[i] + round)] + ring[i + 1]);
            ring[i + 1] = (u8)(sum << 1 | sum >> 7);
        }
        ring[0] = ring[PARVE_BLOCK];
    }
    memcpy(p->block, ring, PARVE_BLOCK);
}

static bool parve_begin(struct kcall *k, struct parve *p)
{
    return crypt_get(k, kcall_u32(k, 0), p->key, sizeof p->key) &&
           crypt_get(k, kcall_u32(k, 1), p->sbox, sizeof p->sbox) &&
           crypt_get(k, kcall_u32(k, 2), p->block, sizeof p->block);
}

/* key, table, input, output. */
u64 xboxkrnl_XeCryptParveEcb(struct kcall *k)
{
    struct parve p;
    if (!parve_begin(k, &p))
        return 0;
    parve_block(&p);
    crypt_put(k, kcall_u32(k, 3), p.block, sizeof p.block);
    return 0;
}

static void parve_chain(void *context, size_t size, const u8 *bytes)
{
    struct parve *p = context;
    for (size_t at = 0; at + PARVE_BLOCK <= size; at += PARVE_BLOCK) {
        for (u32 i = 0; i < PARVE_BLOCK; i++)
            p->block[i] ^= bytes[at + i];
        parve_block(p);
    }
}

/* key, table, first block, input, size, output. */
u64 xboxkrnl_XeCryptParveCbcMac(struct kcall *k)
{
    struct parve p;
    if (parve_begin(k, &p) && crypt_feed(k, kcall_u32(k, 3), kcall_u32(k, 4), &p, parve_chain))
        crypt_put(k, kcall_u32(k, 5), p.block, sizeof p.block);
    return 0;
}

#define CHAIN_PRIME  0x7FFFFFFFu
#define CHAIN_FACTOR 0x0E79A9C1u

struct chain {
    u64 a, b, c, d;
    u64 last, sum;
};

static void chain_and_sum(void *context, size_t size, const u8 *bytes)
{
    struct chain *s = context;
    for (size_t at = 0; at + 8 <= size; at += 8) {
        u64 first = ((u64)load_be32(bytes + at) * CHAIN_FACTOR + s->last) % CHAIN_PRIME;
        u64 half = (first * s->a + s->b) % CHAIN_PRIME;
        s->last = ((load_be32(bytes + at + 4) + half) % CHAIN_PRIME * s->c + s->d) % CHAIN_PRIME;
        s->sum += half + s->last;
    }
}

/* {c, d}, {a, b}, input, count of words, output of two words. */
u64 xboxkrnl_XeCryptChainAndSumMac(struct kcall *k)
{
    u8 cd[8], ab[8], out[8];
    u64 size = (u64)(kcall_u32(k, 3) / 2) * 8;
    if (!crypt_get(k, kcall_u32(k, 0), cd, sizeof cd) || !crypt_get(k, kcall_u32(k, 1), ab, sizeof ab))
        return 0;
    struct chain s = {
        .a = load_be32(ab) % CHAIN_PRIME,
        .b = load_be32(ab + 4) % CHAIN_PRIME,
        .c = load_be32(cd) % CHAIN_PRIME,
        .d = load_be32(cd + 4) % CHAIN_PRIME,
    };
    u32 taken = size > UINT32_MAX - 7 ? UINT32_MAX & ~7u : (u32)size; /* more than there can be: it faults before */
    if (!crypt_feed(k, kcall_u32(k, 2), taken, &s, chain_and_sum))
        return 0;
    store_be32(out, (u32)((s.last + s.b) % CHAIN_PRIME));
    store_be32(out + 4, (u32)((s.sum + s.d) % CHAIN_PRIME));
    crypt_put(k, kcall_u32(k, 4), out, sizeof out);
    return 0;
}
