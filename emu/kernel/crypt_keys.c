/* SPDX-License-Identifier: BSD-3-Clause
 * The console's keys, as far as they can be true without a console: its identity, which is of this machine's own make,
 * and the key under which titles have keys of theirs hidden (16 zero bytes here; each console has another, and nothing
 * that a title can see depends on which). What needs a key that every console shares, or a certificate that its maker
 * signed, has no body. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/sync.h"

#include <nettle/aes.h>
#include <nettle/hmac.h>

#include <stdio.h>

enum { CONSOLE_ID_SIZE = 5, CONSOLE_TEXT_SIZE = 12, CONSOLE_RETAIL = 2, KEY_SIZE = 16 };

static const u8 console_id[CONSOLE_ID_SIZE] = {0x01, 0x4C, 0x6F, 0x63, 0x6B};
static const u8 hiding_key[KEY_SIZE];

/* Its last four bits are a digit of their own behind the number of the rest. */
u64 xboxkrnl_XeKeysGetConsoleID(struct kcall *k)
{
    char text[24];
    u64 number = 0;
    for (u32 i = 0; i < sizeof console_id; i++)
        number = number << 8 | console_id[i];
    snprintf(text, sizeof text, "%011llu%llx", (unsigned long long)(number >> 4), (unsigned long long)(number & 0xF));
    if (kcall_u32(k, 0) && !crypt_put(k, kcall_u32(k, 0), console_id, sizeof console_id))
        return 0;
    if (kcall_u32(k, 1))
        crypt_put(k, kcall_u32(k, 1), text, CONSOLE_TEXT_SIZE);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XeKeysGetConsoleType(struct kcall *k)
{
    u8 type[4];
    store_be32(type, CONSOLE_RETAIL);
    crypt_put(k, kcall_u32(k, 0), type, sizeof type);
    return STATUS_SUCCESS;
}

/* input, output. */
u64 xboxkrnl_XeKeysObscureKey(struct kcall *k)
{
    struct aes128_ctx aes;
    u8 key[KEY_SIZE];
    if (!crypt_get(k, kcall_u32(k, 0), key, sizeof key))
        return 0;
    aes128_set_encrypt_key(&aes, hiding_key);
    aes128_encrypt(&aes, sizeof key, key, key);
    crypt_put(k, kcall_u32(k, 1), key, sizeof key);
    return STATUS_SUCCESS;
}

/* The key that XeKeysObscureKey hid. */
static bool open_key(struct kcall *k, u8 key[KEY_SIZE])
{
    struct aes128_ctx aes;
    if (!crypt_get(k, kcall_u32(k, 0), key, KEY_SIZE))
        return false;
    aes128_set_decrypt_key(&aes, hiding_key);
    aes128_decrypt(&aes, KEY_SIZE, key, key);
    return true;
}

static void take(void *context, size_t size, const u8 *bytes)
{
    hmac_sha1_update(context, size, bytes);
}

/* hidden key, three inputs, digest, size. */
u64 xboxkrnl_XeKeysHmacShaUsingKey(struct kcall *k)
{
    u8 key[KEY_SIZE], digest[SHA1_DIGEST_SIZE];
    struct hmac_sha1_ctx hmac;
    if (!kcall_u32(k, 0))
        return STATUS_INVALID_PARAMETER;
    if (!open_key(k, key))
        return 0;
    hmac_sha1_set_key(&hmac, sizeof key, key);
    if (!hash_take_three(k, 1, &hmac, take))
        return 0;
    hmac_sha1_digest(&hmac, sizeof digest, digest);
    hash_give(k, &hash_sha1, digest, kcall_u32(k, 7), kcall_u32(k, 8));
    return STATUS_SUCCESS;
}

/* hidden key, input, size, output, feed, encrypt. */
u64 xboxkrnl_XeKeysAesCbcUsingKey(struct kcall *k)
{
    u8 key[KEY_SIZE];
    return open_key(k, key) ? cipher_chain(k, &cipher_aes128, key, kcall_u32(k, 5), 1) : 0;
}
