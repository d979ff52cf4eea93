/* SPDX-License-Identifier: BSD-3-Clause
 * What the kernel's cryptography shares: moving bytes, whole buffers of the guest in parts, and the hashes, a row each.
 */
#ifndef EMU_KERNEL_CRYPT_H
#define EMU_KERNEL_CRYPT_H

#include "emu/kernel/kcall.h"

#include <nettle/md5.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { CRYPT_CHUNK = 0x1000 };

/* An export that is a row of its file: what it does, and with what. */
#define CRYPT_CALL(name, does, with)                                                                                   \
    u64 xboxkrnl_##name(struct kcall *k)                                                                               \
    {                                                                                                                  \
        return does(k, with);                                                                                          \
    }

/* Hands the guest's bytes to take, part by part. False: they cannot be read; a fault is set. */
bool crypt_feed(struct kcall *k, u32 address, u32 size, void *context,
                void (*take)(void *context, size_t size, const u8 *bytes));
/* Runs the guest's bytes through change, blocks of a size that divides CRYPT_CHUNK, from input to output. False: a
 * fault is set. */
bool crypt_change(struct kcall *k, u32 input, u32 size, u32 output, void *context,
                  void (*change)(void *context, size_t size, u8 *bytes));
/* The kernel's writes and reads of a whole state; false: a fault is set. */
bool crypt_get(struct kcall *k, u32 address, void *bytes, u32 size);
bool crypt_put(struct kcall *k, u32 address, const void *bytes, u32 size);

/* The console's random bytes. False: a fault is set. */
bool crypt_random(struct kcall *k, u32 out, u32 size);

enum { HASH_STATE_MAX = 200, HASH_DIGEST_MAX = 64 };

/* A hash at work. */
struct hash {
    const struct hash_row *row;
    union {
        struct md5_ctx md5;
        struct sha1_ctx sha1;
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
    };
};

/* What one hash has of its own: its state in guest memory, and where the same things stand in the library's. */
struct hash_row {
    u32 state;  /* bytes of the guest's */
    u32 word;   /* bytes of each word of it: words of 8 begin at 8, of 4 at 4 */
    u32 digest; /* bytes; what a caller asks beyond them is not written */
    u32 block;
    u32 words; /* how many */
    size_t to_words, to_count, to_index, to_block;
    const struct nettle_hash *start;
    const struct nettle_hash *library;
};

extern const struct hash_row hash_md5, hash_sha1, hash_sha256, hash_sha224, hash_sha512, hash_sha384;

void hash_begin(struct hash *hash, const struct hash_row *row);
/* Takes more bytes; the form that crypt_feed wants. */
void hash_take(void *hash, size_t size, const u8 *bytes);
/* row->digest bytes, and behind them what the hash has beyond what its digest is cut to. */
void hash_end(struct hash *hash, u8 digest[HASH_DIGEST_MAX]);
/* To and from the guest's form. */
void hash_store(const struct hash *hash, u8 *bytes);
void hash_fetch(struct hash *hash, const struct hash_row *row, const u8 *bytes);
/* Three inputs from argument `first` on, each with its size; 0: none. False: a fault is set. */
bool hash_take_three(struct kcall *k, u32 first, void *context,
                     void (*take)(void *context, size_t size, const u8 *bytes));
/* As many bytes of the digest as are asked and there are. */
u64 hash_give(struct kcall *k, const struct hash_row *row, const u8 *digest, u32 out, u32 size);

/* A block cipher. Key and state in guest memory: crypt_cipher.c. */
struct cipher_row;
extern const struct cipher_row cipher_aes128;
/* key (in host memory), then of the call's arguments from `first` on: input, size, output, feed. */
u64 cipher_chain(struct kcall *k, const struct cipher_row *row, const u8 *key, bool encrypt, u32 first);

#endif
