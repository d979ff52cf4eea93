/* SPDX-License-Identifier: BSD-3-Clause
 * RC4, AES, DES, and the plain moves of big numbers. The state of RC4 is {u8 s[256], i, j}. A key schedule in guest
 * memory is the title's to keep but nobody's to read: here it begins with the key itself, in the space that the
 * console's schedule has. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <nettle/aes.h>
#include <nettle/des.h>

enum { RC4_STATE = 258, RC4_I = 256, RC4_J = 257, AES_STATE = 352, DES_STATE = 128, DES3_STATE = 384, KEY_MAX = 24 };

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

enum cipher { CIPHER_AES, CIPHER_DES, CIPHER_DES3 };

/* A block cipher at work; with feed, chained. */
struct work {
    enum cipher cipher;
    bool encrypt;
    bool chained;
    u32 block;
    u8 feed[16];
    struct aes128_ctx aes;
    struct des_ctx des;
    struct des3_ctx des3;
};

static u32 key_size(enum cipher cipher)
{
    return cipher == CIPHER_AES ? 16 : cipher == CIPHER_DES ? 8 : 24;
}

static u32 state_size(enum cipher cipher)
{
    return cipher == CIPHER_AES ? AES_STATE : cipher == CIPHER_DES ? DES_STATE : DES3_STATE;
}

static u64 set_key(struct kcall *k, enum cipher cipher)
{
    u8 state[DES3_STATE] = {0};
    if (crypt_get(k, kcall_u32(k, 1), state, key_size(cipher)))
        crypt_put(k, kcall_u32(k, 0), state, state_size(cipher));
    return 0;
}

static bool begin(struct kcall *k, struct work *work, enum cipher cipher, bool encrypt)
{
    u8 key[KEY_MAX];
    if (!crypt_get(k, kcall_u32(k, 0), key, key_size(cipher)))
        return false;
    *work = (struct work){.cipher = cipher, .encrypt = encrypt, .block = cipher == CIPHER_AES ? 16 : 8};
    if (cipher == CIPHER_DES)
        des_set_key(&work->des, key);
    else if (cipher == CIPHER_DES3)
        des3_set_key(&work->des3, key);
    else if (encrypt)
        aes128_set_encrypt_key(&work->aes, key);
    else
        aes128_set_decrypt_key(&work->aes, key);
    return true;
}

static void crypt_block(const struct work *work, u8 *block)
{
    if (work->cipher == CIPHER_AES)
        (work->encrypt ? aes128_encrypt : aes128_decrypt)(&work->aes, work->block, block, block);
    else if (work->cipher == CIPHER_DES)
        (work->encrypt ? des_encrypt : des_decrypt)(&work->des, work->block, block, block);
    else
        (work->encrypt ? des3_encrypt : des3_decrypt)(&work->des3, work->block, block, block);
}

static void mix(u8 *block, const u8 *feed, u32 size)
{
    for (u32 i = 0; i < size; i++)
        block[i] ^= feed[i];
}

static void chain(struct work *work, u8 *block)
{
    u8 before[16];
    if (work->encrypt) {
        mix(block, work->feed, work->block);
        crypt_block(work, block);
        memcpy(work->feed, block, work->block);
        return;
    }
    memcpy(before, block, work->block);
    crypt_block(work, block);
    mix(block, work->feed, work->block);
    memcpy(work->feed, before, work->block);
}

static void crypt_blocks(void *context, size_t size, u8 *bytes)
{
    struct work *work = context;
    for (size_t at = 0; at + work->block <= size; at += work->block) {
        if (work->chained)
            chain(work, bytes + at);
        else
            crypt_block(work, bytes + at);
    }
}

/* state, input, output, encrypt. */
static u64 run_block(struct kcall *k, enum cipher cipher)
{
    struct work work;
    if (begin(k, &work, cipher, k->arg[3] & 0xFF))
        crypt_change(k, kcall_u32(k, 1), work.block, kcall_u32(k, 2), &work, crypt_blocks);
    return 0;
}

/* state, input, size, output, feed, encrypt. */
static u64 run_chain(struct kcall *k, enum cipher cipher)
{
    struct work work;
    u32 feed = kcall_u32(k, 4);
    if (!begin(k, &work, cipher, k->arg[5] & 0xFF) || !crypt_get(k, feed, work.feed, work.block))
        return 0;
    work.chained = true;
    u32 size = kcall_u32(k, 2) / work.block * work.block;
    if (crypt_change(k, kcall_u32(k, 1), size, kcall_u32(k, 3), &work, crypt_blocks))
        crypt_put(k, feed, work.feed, work.block);
    return 0;
}

u64 xboxkrnl_XeCryptAesKey(struct kcall *k)
{
    return set_key(k, CIPHER_AES);
}

u64 xboxkrnl_XeCryptAesEcb(struct kcall *k)
{
    return run_block(k, CIPHER_AES);
}

u64 xboxkrnl_XeCryptAesCbc(struct kcall *k)
{
    return run_chain(k, CIPHER_AES);
}

u64 xboxkrnl_XeCryptDesKey(struct kcall *k)
{
    return set_key(k, CIPHER_DES);
}

u64 xboxkrnl_XeCryptDesEcb(struct kcall *k)
{
    return run_block(k, CIPHER_DES);
}

u64 xboxkrnl_XeCryptDesCbc(struct kcall *k)
{
    return run_chain(k, CIPHER_DES);
}

u64 xboxkrnl_XeCryptDes3Key(struct kcall *k)
{
    return set_key(k, CIPHER_DES3);
}

u64 xboxkrnl_XeCryptDes3Ecb(struct kcall *k)
{
    return run_block(k, CIPHER_DES3);
}

u64 xboxkrnl_XeCryptDes3Cbc(struct kcall *k)
{
    return run_chain(k, CIPHER_DES3);
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

/* Moves count quadwords, and turns their bytes around. */
static u64 move(struct kcall *k, bool swaps)
{
    u32 input = kcall_u32(k, 0), output = kcall_u32(k, 1), count = kcall_u32(k, 2);
    u64 bytes = (u64)count * 8;
    if (bytes > UINT32_MAX || !memory_is_readable(k->e, input, (u32)bytes))
        return sync_fault(k, FAULT_READ, input);
    if (!memory_is_writable(k->e, output, (u32)bytes))
        return sync_fault(k, FAULT_WRITE, output);
    for (u32 i = 0; i < count; i++) {
        u64 value = memory_get64(k->e, input + i * 8);
        memory_set64(k->e, output + i * 8, swaps ? __builtin_bswap64(value) : value);
    }
    return 0;
}

u64 xboxkrnl_XeCryptBnQw_Copy(struct kcall *k)
{
    return move(k, false);
}

u64 xboxkrnl_XeCryptBnQw_SwapDwQwLeBe(struct kcall *k)
{
    return move(k, true);
}

u64 xboxkrnl_XeCryptBnQw_Zero(struct kcall *k)
{
    u64 size = (u64)kcall_u32(k, 1) * 8;
    if (size > UINT32_MAX || !memory_is_writable(k->e, kcall_u32(k, 0), (u32)size))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    memory_zero(k->e, kcall_u32(k, 0), (u32)size);
    return 0;
}
