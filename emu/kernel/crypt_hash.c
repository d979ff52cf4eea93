/* SPDX-License-Identifier: BSD-3-Clause
 * MD5, SHA-256, SHA-384, SHA-512 and HMAC-SHA-1. States in guest memory are {u32 bytes so far, the words of the state,
 * u8 block[]}, as SHA-1's; that of SHA-512 has a word of padding before its 64-bit words. HMAC's is two of SHA-1's:
 * the inner one, which takes the bytes, and the outer one. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { MD5_STATE = 84, SHA256_STATE = 100, SHA512_STATE = 200, SHA1_STATE = 88, HMAC_STATE = 2 * SHA1_STATE };

bool crypt_get(struct kcall *k, u32 address, void *bytes, u32 size)
{
    if (memory_read(k->e, address, bytes, size))
        return true;
    sync_fault(k, FAULT_READ, address);
    return false;
}

bool crypt_put(struct kcall *k, u32 address, const void *bytes, u32 size)
{
    if (memory_write(k->e, address, bytes, size))
        return true;
    sync_fault(k, FAULT_WRITE, address);
    return false;
}

bool crypt_feed(struct kcall *k, u32 address, u32 size, void *context,
                void (*take)(void *context, size_t size, const u8 *bytes))
{
    u8 bytes[CRYPT_CHUNK];
    for (u32 at = 0; at < size;) {
        u32 part = size - at < CRYPT_CHUNK ? size - at : CRYPT_CHUNK;
        if (!crypt_get(k, address + at, bytes, part))
            return false;
        take(context, part, bytes);
        at += part;
    }
    return true;
}

bool crypt_change(struct kcall *k, u32 input, u32 size, u32 output, void *context,
                  void (*change)(void *context, size_t size, u8 *bytes))
{
    u8 bytes[CRYPT_CHUNK];
    for (u32 at = 0; at < size;) {
        u32 part = size - at < CRYPT_CHUNK ? size - at : CRYPT_CHUNK;
        if (!crypt_get(k, input + at, bytes, part))
            return false;
        change(context, part, bytes);
        if (!crypt_put(k, output + at, bytes, part))
            return false;
        at += part;
    }
    return true;
}

static u64 give(struct kcall *k, const u8 *digest, u32 digest_size, u32 out, u32 size)
{
    crypt_put(k, out, digest, size < digest_size ? size : digest_size);
    return 0;
}

static void take_md5(void *context, size_t size, const u8 *bytes)
{
    md5_update(context, size, bytes);
}

static bool load_md5(struct kcall *k, u32 address, struct md5_ctx *md5)
{
    u8 bytes[MD5_STATE];
    md5_init(md5);
    if (!crypt_get(k, address, bytes, sizeof bytes))
        return false;
    md5->count = load_be32(bytes) / MD5_BLOCK_SIZE;
    md5->index = load_be32(bytes) % MD5_BLOCK_SIZE;
    for (u32 i = 0; i < 4; i++)
        md5->state[i] = load_be32(bytes + 4 + i * 4);
    memcpy(md5->block, bytes + 20, MD5_BLOCK_SIZE);
    return true;
}

static u64 save_md5(struct kcall *k, u32 address, const struct md5_ctx *md5)
{
    u8 bytes[MD5_STATE] = {0};
    store_be32(bytes, (u32)(md5->count * MD5_BLOCK_SIZE + md5->index));
    for (u32 i = 0; i < 4; i++)
        store_be32(bytes + 4 + i * 4, md5->state[i]);
    memcpy(bytes + 20, md5->block, md5->index);
    crypt_put(k, address, bytes, sizeof bytes);
    return 0;
}

u64 xboxkrnl_XeCryptMd5Init(struct kcall *k)
{
    struct md5_ctx md5;
    md5_init(&md5);
    return save_md5(k, kcall_u32(k, 0), &md5);
}

u64 xboxkrnl_XeCryptMd5Update(struct kcall *k)
{
    struct md5_ctx md5;
    if (load_md5(k, kcall_u32(k, 0), &md5) && crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &md5, take_md5))
        save_md5(k, kcall_u32(k, 0), &md5);
    return 0;
}

static u64 give_md5(struct kcall *k, struct md5_ctx *md5, u32 out, u32 size)
{
    u8 digest[MD5_DIGEST_SIZE];
    md5_digest(md5, sizeof digest, digest);
    return give(k, digest, sizeof digest, out, size);
}

u64 xboxkrnl_XeCryptMd5Final(struct kcall *k)
{
    struct md5_ctx md5;
    return load_md5(k, kcall_u32(k, 0), &md5) ? give_md5(k, &md5, kcall_u32(k, 1), kcall_u32(k, 2)) : 0;
}

/* Three inputs from argument `first` on, each with its size; 0: none. */
static bool feed_three(struct kcall *k, u32 first, void *context,
                       void (*take)(void *context, size_t size, const u8 *bytes))
{
    for (u32 i = first; i < first + 6; i += 2) {
        if (kcall_u32(k, i) && !crypt_feed(k, kcall_u32(k, i), kcall_u32(k, i + 1), context, take))
            return false;
    }
    return true;
}

u64 xboxkrnl_XeCryptMd5(struct kcall *k)
{
    struct md5_ctx md5;
    md5_init(&md5);
    return feed_three(k, 0, &md5, take_md5) ? give_md5(k, &md5, kcall_u32(k, 6), kcall_u32(k, 7)) : 0;
}

static void take_sha256(void *context, size_t size, const u8 *bytes)
{
    sha256_update(context, size, bytes);
}

static u64 save_sha256(struct kcall *k, const struct sha256_ctx *sha)
{
    u8 bytes[SHA256_STATE] = {0};
    store_be32(bytes, (u32)(sha->count * SHA256_BLOCK_SIZE + sha->index));
    for (u32 i = 0; i < 8; i++)
        store_be32(bytes + 4 + i * 4, sha->state[i]);
    memcpy(bytes + 36, sha->block, sha->index);
    crypt_put(k, kcall_u32(k, 0), bytes, sizeof bytes);
    return 0;
}

static bool load_sha256(struct kcall *k, struct sha256_ctx *sha)
{
    u8 bytes[SHA256_STATE];
    sha256_init(sha);
    if (!crypt_get(k, kcall_u32(k, 0), bytes, sizeof bytes))
        return false;
    sha->count = load_be32(bytes) / SHA256_BLOCK_SIZE;
    sha->index = load_be32(bytes) % SHA256_BLOCK_SIZE;
    for (u32 i = 0; i < 8; i++)
        sha->state[i] = load_be32(bytes + 4 + i * 4);
    memcpy(sha->block, bytes + 36, SHA256_BLOCK_SIZE);
    return true;
}

u64 xboxkrnl_XeCryptSha256Init(struct kcall *k)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    return save_sha256(k, &sha);
}

u64 xboxkrnl_XeCryptSha256Update(struct kcall *k)
{
    struct sha256_ctx sha;
    if (load_sha256(k, &sha) && crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &sha, take_sha256))
        save_sha256(k, &sha);
    return 0;
}

u64 xboxkrnl_XeCryptSha256Final(struct kcall *k)
{
    struct sha256_ctx sha;
    u8 digest[SHA256_DIGEST_SIZE];
    if (!load_sha256(k, &sha))
        return 0;
    sha256_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_XeCryptSha256(struct kcall *k)
{
    struct sha256_ctx sha;
    u8 digest[SHA256_DIGEST_SIZE];
    sha256_init(&sha);
    if (!feed_three(k, 0, &sha, take_sha256))
        return 0;
    sha256_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 6), kcall_u32(k, 7));
}

/* SHA-256 from another start; what is asked of the digest is cut. */
u64 xboxkrnl_XeCryptSha224Init(struct kcall *k)
{
    struct sha256_ctx sha;
    sha224_init(&sha);
    return save_sha256(k, &sha);
}

static void take_sha512(void *context, size_t size, const u8 *bytes)
{
    sha512_update(context, size, bytes);
}

static u64 save_sha512(struct kcall *k, const struct sha512_ctx *sha)
{
    u8 bytes[SHA512_STATE] = {0};
    store_be32(bytes, (u32)(sha->count_low * SHA512_BLOCK_SIZE + sha->index));
    for (u32 i = 0; i < 8; i++)
        store_be64(bytes + 8 + i * 8, sha->state[i]);
    memcpy(bytes + 72, sha->block, sha->index);
    crypt_put(k, kcall_u32(k, 0), bytes, sizeof bytes);
    return 0;
}

static bool load_sha512(struct kcall *k, struct sha512_ctx *sha)
{
    u8 bytes[SHA512_STATE];
    sha512_init(sha);
    if (!crypt_get(k, kcall_u32(k, 0), bytes, sizeof bytes))
        return false;
    sha->count_low = load_be32(bytes) / SHA512_BLOCK_SIZE;
    sha->index = load_be32(bytes) % SHA512_BLOCK_SIZE;
    for (u32 i = 0; i < 8; i++)
        sha->state[i] = load_be64(bytes + 8 + i * 8);
    memcpy(sha->block, bytes + 72, SHA512_BLOCK_SIZE);
    return true;
}

u64 xboxkrnl_XeCryptSha512Init(struct kcall *k)
{
    struct sha512_ctx sha;
    sha512_init(&sha);
    return save_sha512(k, &sha);
}

u64 xboxkrnl_XeCryptSha384Init(struct kcall *k)
{
    struct sha512_ctx sha;
    sha384_init(&sha);
    return save_sha512(k, &sha);
}

u64 xboxkrnl_XeCryptSha512Update(struct kcall *k)
{
    struct sha512_ctx sha;
    if (load_sha512(k, &sha) && crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &sha, take_sha512))
        save_sha512(k, &sha);
    return 0;
}

u64 xboxkrnl_XeCryptSha384Update(struct kcall *k)
{
    return xboxkrnl_XeCryptSha512Update(k);
}

u64 xboxkrnl_XeCryptSha512Final(struct kcall *k)
{
    struct sha512_ctx sha;
    u8 digest[SHA512_DIGEST_SIZE];
    if (!load_sha512(k, &sha))
        return 0;
    sha512_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_XeCryptSha384Final(struct kcall *k)
{
    struct sha512_ctx sha;
    u8 digest[SHA384_DIGEST_SIZE];
    if (!load_sha512(k, &sha))
        return 0;
    sha384_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xboxkrnl_XeCryptSha512(struct kcall *k)
{
    struct sha512_ctx sha;
    u8 digest[SHA512_DIGEST_SIZE];
    sha512_init(&sha);
    if (!feed_three(k, 0, &sha, take_sha512))
        return 0;
    sha512_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 6), kcall_u32(k, 7));
}

u64 xboxkrnl_XeCryptSha384(struct kcall *k)
{
    struct sha512_ctx sha;
    u8 digest[SHA384_DIGEST_SIZE];
    sha384_init(&sha);
    if (!feed_three(k, 0, &sha, take_sha512))
        return 0;
    sha384_digest(&sha, sizeof digest, digest);
    return give(k, digest, sizeof digest, kcall_u32(k, 6), kcall_u32(k, 7));
}

static void store_sha1(u8 *bytes, const struct sha1_ctx *sha)
{
    store_be32(bytes, (u32)(sha->count * SHA1_BLOCK_SIZE + sha->index));
    for (u32 i = 0; i < 5; i++)
        store_be32(bytes + 4 + i * 4, sha->state[i]);
    memcpy(bytes + 24, sha->block, sha->index);
}

static void fetch_sha1(const u8 *bytes, struct sha1_ctx *sha)
{
    sha1_init(sha);
    sha->count = load_be32(bytes) / SHA1_BLOCK_SIZE;
    sha->index = load_be32(bytes) % SHA1_BLOCK_SIZE;
    for (u32 i = 0; i < 5; i++)
        sha->state[i] = load_be32(bytes + 4 + i * 4);
    memcpy(sha->block, bytes + 24, SHA1_BLOCK_SIZE);
}

struct hmac {
    struct sha1_ctx inner;
    struct sha1_ctx outer;
};

static void take_sha1(void *context, size_t size, const u8 *bytes)
{
    sha1_update(context, size, bytes);
}

/* The key as a block: itself, or its hash if it is longer (RFC 2104). */
static bool key_block(struct kcall *k, u32 key, u32 size, u8 block[SHA1_BLOCK_SIZE])
{
    struct sha1_ctx sha;
    memset(block, 0, SHA1_BLOCK_SIZE);
    if (size <= SHA1_BLOCK_SIZE)
        return crypt_get(k, key, block, size);
    sha1_init(&sha);
    if (!crypt_feed(k, key, size, &sha, take_sha1))
        return false;
    sha1_digest(&sha, SHA1_DIGEST_SIZE, block);
    return true;
}

static bool hmac_begin(struct kcall *k, struct hmac *hmac, u32 key, u32 key_size)
{
    u8 block[SHA1_BLOCK_SIZE], pad[SHA1_BLOCK_SIZE];
    if (!key_block(k, key, key_size, block))
        return false;
    sha1_init(&hmac->inner);
    sha1_init(&hmac->outer);
    for (u32 i = 0; i < SHA1_BLOCK_SIZE; i++)
        pad[i] = block[i] ^ 0x36;
    sha1_update(&hmac->inner, sizeof pad, pad);
    for (u32 i = 0; i < SHA1_BLOCK_SIZE; i++)
        pad[i] = block[i] ^ 0x5C;
    sha1_update(&hmac->outer, sizeof pad, pad);
    return true;
}

static void hmac_digest(struct hmac *hmac, u8 digest[SHA1_DIGEST_SIZE])
{
    sha1_digest(&hmac->inner, SHA1_DIGEST_SIZE, digest);
    sha1_update(&hmac->outer, SHA1_DIGEST_SIZE, digest);
    sha1_digest(&hmac->outer, SHA1_DIGEST_SIZE, digest);
}

static u64 hmac_end(struct kcall *k, struct hmac *hmac, u32 out, u32 size)
{
    u8 digest[SHA1_DIGEST_SIZE];
    hmac_digest(hmac, digest);
    return give(k, digest, sizeof digest, out, size);
}

static void take_hmac(void *context, size_t size, const u8 *bytes)
{
    struct hmac *hmac = context;
    sha1_update(&hmac->inner, size, bytes);
}

static void save_hmac(struct kcall *k, const struct hmac *hmac)
{
    u8 bytes[HMAC_STATE] = {0};
    store_sha1(bytes, &hmac->inner);
    store_sha1(bytes + SHA1_STATE, &hmac->outer);
    crypt_put(k, kcall_u32(k, 0), bytes, sizeof bytes);
}

static bool load_hmac(struct kcall *k, struct hmac *hmac)
{
    u8 bytes[HMAC_STATE];
    if (!crypt_get(k, kcall_u32(k, 0), bytes, sizeof bytes))
        return false;
    fetch_sha1(bytes, &hmac->inner);
    fetch_sha1(bytes + SHA1_STATE, &hmac->outer);
    return true;
}

u64 xboxkrnl_XeCryptHmacShaInit(struct kcall *k)
{
    struct hmac hmac;
    if (hmac_begin(k, &hmac, kcall_u32(k, 1), kcall_u32(k, 2)))
        save_hmac(k, &hmac);
    return 0;
}

u64 xboxkrnl_XeCryptHmacShaUpdate(struct kcall *k)
{
    struct hmac hmac;
    if (load_hmac(k, &hmac) && crypt_feed(k, kcall_u32(k, 1), kcall_u32(k, 2), &hmac, take_hmac))
        save_hmac(k, &hmac);
    return 0;
}

u64 xboxkrnl_XeCryptHmacShaFinal(struct kcall *k)
{
    struct hmac hmac;
    return load_hmac(k, &hmac) ? hmac_end(k, &hmac, kcall_u32(k, 1), kcall_u32(k, 2)) : 0;
}

u64 xboxkrnl_XeCryptHmacSha(struct kcall *k)
{
    struct hmac hmac;
    if (!hmac_begin(k, &hmac, kcall_u32(k, 0), kcall_u32(k, 1)) || !feed_three(k, 2, &hmac, take_hmac))
        return 0;
    return hmac_end(k, &hmac, kcall_u32(k, 8), kcall_u32(k, 9));
}

/* The same, compared with what is given: 1 if they are equal. */
u64 xboxkrnl_XeCryptHmacShaVerify(struct kcall *k)
{
    struct hmac hmac;
    u8 digest[SHA1_DIGEST_SIZE], wanted[SHA1_DIGEST_SIZE];
    u32 size = kcall_u32(k, 9);
    if (!hmac_begin(k, &hmac, kcall_u32(k, 0), kcall_u32(k, 1)) || !feed_three(k, 2, &hmac, take_hmac))
        return 0;
    hmac_digest(&hmac, digest);
    return size <= sizeof wanted && crypt_get(k, kcall_u32(k, 8), wanted, size) && memcmp(digest, wanted, size) == 0;
}
