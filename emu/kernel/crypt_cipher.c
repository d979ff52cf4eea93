/* SPDX-License-Identifier: BSD-3-Clause
 * RC4, AES, DES. The state of RC4 is {u8 s[256], i, j}. A key schedule in guest memory is the title's to keep but
 * nobody's to read: here it begins with the key itself, in the space that the console's schedule has. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <nettle/aes.h>
#include <nettle/des.h>
#include <nettle/nettle-meta.h>

enum { RC4_STATE = 258, RC4_I = 256, RC4_J = 257 };

static void rc4_schedule(u8 *s, const u8 *key, u32 size)
{
    u8 j = 0;
    for (u32 i = 0; i < 256; i++)
        s[i] = (u8)i;
    for (u32 i = 0; i < 256 && size; i++) {
        j = (u8)(j + s[i] + key[i % size]);
        u8 swap = s[i];
        s[i] = s[j];
        s[j] = swap;
    }
    s[RC4_I] = s[RC4_J] = 0;
}

static void rc4(void *context, size_t size, u8 *bytes)
{
    u8 *s = context;
    for (size_t n = 0; n < size; n++) {
        u8 i = ++s[RC4_I];
        u8 j = s[RC4_J] = (u8)(s[RC4_J] + s[i]);
        u8 swap = s[i];
        s[i] = s[j];
        s[j] = swap;
        bytes[n] ^= s[(u8)(s[i] + s[j])];
    }
}

static bool rc4_begin(struct kcall *k, u32 key, u32 size, u8 s[RC4_STATE])
{
    u8 bytes[256];
    size = size < sizeof bytes ? size : (u32)sizeof bytes;
    if (!crypt_get(k, key, bytes, size))
        return false;
    rc4_schedule(s, bytes, size);
    return true;
}

u64 xboxkrnl_XeCryptRc4Key(struct kcall *k)
{
    u8 s[RC4_STATE];
    if (rc4_begin(k, kcall_u32(k, 1), kcall_u32(k, 2), s))
        crypt_put(k, kcall_u32(k, 0), s, sizeof s);
    return 0;
}

u64 xboxkrnl_XeCryptRc4Ecb(struct kcall *k)
{
    u8 s[RC4_STATE];
    u32 data = kcall_u32(k, 1);
    if (crypt_get(k, kcall_u32(k, 0), s, sizeof s) && crypt_change(k, data, kcall_u32(k, 2), data, s, rc4))
        crypt_put(k, kcall_u32(k, 0), s, sizeof s);
    return 0;
}

u64 xboxkrnl_XeCryptRc4(struct kcall *k)
{
    u8 s[RC4_STATE];
    if (rc4_begin(k, kcall_u32(k, 0), kcall_u32(k, 1), s))
        crypt_change(k, kcall_u32(k, 2), kcall_u32(k, 3), kcall_u32(k, 2), s, rc4);
    return 0;
}

/* The library has no rows for DES. Of a weak key it says so; the console does not look. */
static void des_set(void *context, const u8 *key)
{
    des_set_key(context, key);
}

static void des_run(const void *context, size_t size, u8 *out, const u8 *in)
{
    des_encrypt(context, size, out, in);
}

static void des_back(const void *context, size_t size, u8 *out, const u8 *in)
{
    des_decrypt(context, size, out, in);
}

static void des3_set(void *context, const u8 *key)
{
    des3_set_key(context, key);
}

static void des3_run(const void *context, size_t size, u8 *out, const u8 *in)
{
    des3_encrypt(context, size, out, in);
}

static void des3_back(const void *context, size_t size, u8 *out, const u8 *in)
{
    des3_decrypt(context, size, out, in);
}

static const struct nettle_cipher des_library = {
    "des", sizeof(struct des_ctx), DES_BLOCK_SIZE, DES_KEY_SIZE, des_set, des_set, des_run, des_back,
};
static const struct nettle_cipher des3_library = {
    "des3", sizeof(struct des3_ctx), DES3_BLOCK_SIZE, DES3_KEY_SIZE, des3_set, des3_set, des3_run, des3_back,
};

/* A cipher: bytes of its key, its block, and the state that it has in guest memory. */
struct cipher_row {
    u32 key;
    u32 block;
    u32 state;
    const struct nettle_cipher *library;
};

enum { CIPHER_BLOCK_MAX = 16, KEY_MAX = 32, AES_STATE = 352, SCHEDULE_STATE = 468, SCHEDULE_ROUNDS = 464 };

/* clang-format off */
/*                                        key block state           library */
const struct cipher_row cipher_aes128 = {  16, 16,  AES_STATE,      &nettle_aes128};
static const struct cipher_row des =    {   8,  8,  128,            &des_library};
static const struct cipher_row des3 =   {  24,  8,  384,            &des3_library};
/* Those whose state says the length of its key. */
static const struct cipher_row aes[] = {
                                        {  16, 16,  SCHEDULE_STATE, &nettle_aes128},
                                        {  24, 16,  SCHEDULE_STATE, &nettle_aes192},
                                        {  32, 16,  SCHEDULE_STATE, &nettle_aes256}};
/* clang-format on */

/* A cipher at work; with feed, chained. */
struct work {
    const struct cipher_row *row;
    bool encrypt;
    bool chained;
    u8 feed[CIPHER_BLOCK_MAX];
    union {
        struct aes256_ctx aes; /* the longest of three */
        struct des3_ctx des;
    };
};

static void begin(struct work *work, const struct cipher_row *row, const u8 *key, bool encrypt)
{
    memset(work, 0, sizeof *work);
    work->row = row;
    work->encrypt = encrypt;
    (encrypt ? row->library->set_encrypt_key : row->library->set_decrypt_key)(&work->aes, key);
}

static void crypt_block(const struct work *work, u8 *block)
{
    const struct nettle_cipher *library = work->row->library;
    (work->encrypt ? library->encrypt : library->decrypt)(&work->aes, work->row->block, block, block);
}

static void mix(u8 *block, const u8 *feed, u32 size)
{
    for (u32 i = 0; i < size; i++)
        block[i] ^= feed[i];
}

static void chain(struct work *work, u8 *block)
{
    u8 before[CIPHER_BLOCK_MAX];
    u32 size = work->row->block;
    if (work->encrypt) {
        mix(block, work->feed, size);
        crypt_block(work, block);
        memcpy(work->feed, block, size);
        return;
    }
    memcpy(before, block, size);
    crypt_block(work, block);
    mix(block, work->feed, size);
    memcpy(work->feed, before, size);
}

static void crypt_blocks(void *context, size_t size, u8 *bytes)
{
    struct work *work = context;
    for (size_t at = 0; at + work->row->block <= size; at += work->row->block) {
        if (work->chained)
            chain(work, bytes + at);
        else
            crypt_block(work, bytes + at);
    }
}

/* state, key. */
static u64 set_key(struct kcall *k, const struct cipher_row *row)
{
    u8 state[SCHEDULE_STATE] = {0};
    if (crypt_get(k, kcall_u32(k, 1), state, row->key))
        crypt_put(k, kcall_u32(k, 0), state, row->state);
    return 0;
}

static u64 block(struct kcall *k, const struct cipher_row *row, bool encrypt)
{
    struct work work;
    u8 key[KEY_MAX];
    if (!crypt_get(k, kcall_u32(k, 0), key, row->key))
        return 0;
    begin(&work, row, key, encrypt);
    crypt_change(k, kcall_u32(k, 1), row->block, kcall_u32(k, 2), &work, crypt_blocks);
    return 0;
}

/* state, input, output, encrypt. */
static u64 one(struct kcall *k, const struct cipher_row *row)
{
    return block(k, row, kcall_u32(k, 3));
}

u64 cipher_chain(struct kcall *k, const struct cipher_row *row, const u8 *key, bool encrypt, u32 first)
{
    struct work work;
    u32 feed = kcall_u32(k, first + 3), size = kcall_u32(k, first + 1) / row->block * row->block;
    begin(&work, row, key, encrypt);
    work.chained = true;
    if (crypt_get(k, feed, work.feed, row->block) &&
        crypt_change(k, kcall_u32(k, first), size, kcall_u32(k, first + 2), &work, crypt_blocks))
        crypt_put(k, feed, work.feed, row->block);
    return 0;
}

/* state, input, size, output, feed, encrypt. */
static u64 chained(struct kcall *k, const struct cipher_row *row)
{
    u8 key[KEY_MAX];
    return crypt_get(k, kcall_u32(k, 0), key, row->key) ? cipher_chain(k, row, key, kcall_u32(k, 5), 1) : 0;
}

/* The exports. */
/* clang-format off */
CRYPT_CALL(XeCryptAesKey,  set_key, &cipher_aes128)
CRYPT_CALL(XeCryptAesEcb,  one,     &cipher_aes128)
CRYPT_CALL(XeCryptAesCbc,  chained, &cipher_aes128)
CRYPT_CALL(XeCryptDesKey,  set_key, &des)
CRYPT_CALL(XeCryptDesEcb,  one,     &des)
CRYPT_CALL(XeCryptDesCbc,  chained, &des)
CRYPT_CALL(XeCryptDes3Key, set_key, &des3)
CRYPT_CALL(XeCryptDes3Ecb, one,     &des3)
CRYPT_CALL(XeCryptDes3Cbc, chained, &des3)
/* clang-format on */

/* key, size, state: the key, then, behind all schedules, its rounds less one. Keys of other sizes change nothing. */
u64 xboxkrnl_XeCryptAesCreateKeySchedule(struct kcall *k)
{
    u8 state[SCHEDULE_STATE] = {0};
    u32 size = kcall_u32(k, 1);
    if (size != 16 && size != 24 && size != 32)
        return 0;
    store_be32(state + SCHEDULE_ROUNDS, size / 4 + 5);
    if (crypt_get(k, kcall_u32(k, 0), state, size))
        crypt_put(k, kcall_u32(k, 2), state, sizeof state);
    return 0;
}

/* Which AES a state is of; NULL: of none, or it cannot be read. */
static const struct cipher_row *scheduled(struct kcall *k)
{
    u8 rounds[4];
    if (!crypt_get(k, kcall_u32(k, 0) + SCHEDULE_ROUNDS, rounds, sizeof rounds))
        return NULL;
    for (u32 i = 0; i < countof(aes); i++) {
        if (load_be32(rounds) == aes[i].key / 4 + 5)
            return &aes[i];
    }
    return NULL;
}

/* state, input, output. */
static u64 scheduled_one(struct kcall *k, bool encrypt)
{
    const struct cipher_row *row = scheduled(k);
    return row ? block(k, row, encrypt) : 0;
}

/* state, input, size, output, feed. */
static u64 scheduled_chain(struct kcall *k, bool encrypt)
{
    const struct cipher_row *row = scheduled(k);
    u8 key[KEY_MAX];
    return row && crypt_get(k, kcall_u32(k, 0), key, row->key) ? cipher_chain(k, row, key, encrypt, 1) : 0;
}

u64 xboxkrnl_XeCryptAesEncryptOne(struct kcall *k)
{
    return scheduled_one(k, true);
}

u64 xboxkrnl_XeCryptAesDecryptOne(struct kcall *k)
{
    return scheduled_one(k, false);
}

u64 xboxkrnl_XeCryptAesCbcEncrypt(struct kcall *k)
{
    return scheduled_chain(k, true);
}

u64 xboxkrnl_XeCryptAesCbcDecrypt(struct kcall *k)
{
    return scheduled_chain(k, false);
}

/* The low bit of each byte of a key makes its bits odd in number. */
static void set_parity(void *context, size_t size, u8 *bytes)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (u8)((bytes[i] & 0xFE) | !(__builtin_popcount(bytes[i] & 0xFE) & 1));
}

u64 xboxkrnl_XeCryptDesParity(struct kcall *k)
{
    crypt_change(k, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 2), NULL, set_parity);
    return 0;
}
