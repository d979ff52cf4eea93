/* SPDX-License-Identifier: BSD-3-Clause
 * Big numbers, RSA, its two formats of signatures, Diffie-Hellman. A number of quadwords (BnQw) has the least first; in
 * the machine's own order of bytes (Ne) each is big-endian. XECRYPT_RSA is {u32 quadwords of the modulus, u32 public
 * exponent, u64 unused}, the modulus, and in a private key p, q, d modulo p - 1 and q - 1, and 1 / q modulo p, of half
 * the size. Facts: ExCrypt, xecrypt of several public libraries.
 * UNKNOWN: what the console makes of an even modulus and of more than 4096 bits; here such calls fail. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/crypt_number.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

#include <nettle/arcfour.h>

struct rsa_key {
    u32 digits;
    u32 exponent;
    u64 modulus[NUMBER_DIGITS];
};

enum { RSA_EXPONENT = 4, RSA_MODULUS = 16, QUADWORD = 8 };

static bool get_number(struct kcall *k, u32 address, u64 *number, u32 digits)
{
    u8 bytes[NUMBER_DIGITS * QUADWORD];
    if (!crypt_get(k, address, bytes, digits * QUADWORD))
        return false;
    for (u32 i = 0; i < digits; i++)
        number[i] = load_be64(bytes + i * QUADWORD);
    return true;
}

static bool put_number(struct kcall *k, u32 address, const u64 *number, u32 digits)
{
    u8 bytes[NUMBER_DIGITS * QUADWORD];
    for (u32 i = 0; i < digits; i++)
        store_be64(bytes + i * QUADWORD, number[i]);
    return crypt_put(k, address, bytes, digits * QUADWORD);
}

static bool is_size(u32 digits)
{
    return digits > 0 && digits <= NUMBER_DIGITS;
}

/* The inverse of a quadword modulo 2^64. */
u64 xboxkrnl_XeCryptBnQwNeModInv(struct kcall *k)
{
    return number_inverse(k->arg[0]);
}

/* a, b, product, inverse, modulus, digits. */
u64 xboxkrnl_XeCryptBnQwNeModMul(struct kcall *k)
{
    u64 a[NUMBER_DIGITS], b[NUMBER_DIGITS], m[NUMBER_DIGITS];
    u32 digits = kcall_u32(k, 5);
    if (!is_size(digits) || !get_number(k, kcall_u32(k, 0), a, digits) || !get_number(k, kcall_u32(k, 1), b, digits) ||
        !get_number(k, kcall_u32(k, 4), m, digits))
        return 0;
    number_multiply(a, a, b, k->arg[3], m, digits);
    put_number(k, kcall_u32(k, 2), a, digits);
    return 0;
}

/* result, base, exponent, modulus, digits. */
u64 xboxkrnl_XeCryptBnQwNeModExp(struct kcall *k)
{
    u64 base[NUMBER_DIGITS], exponent[NUMBER_DIGITS], m[NUMBER_DIGITS];
    u32 digits = kcall_u32(k, 4);
    if (!is_size(digits) || !get_number(k, kcall_u32(k, 1), base, digits) ||
        !get_number(k, kcall_u32(k, 2), exponent, digits) || !get_number(k, kcall_u32(k, 3), m, digits))
        return 0;
    if (!(m[0] & 1))
        return 0;
    number_power(base, base, exponent, digits, m, digits);
    return put_number(k, kcall_u32(k, 0), base, digits);
}

/* The five numbers of a private key from addresses. */
static bool root(struct kcall *k, u32 result, u32 input, const u32 part[5], u32 digits)
{
    u64 base[NUMBER_DIGITS], number[5][NUMBER_DIGITS / 2];
    if (!digits || digits > NUMBER_DIGITS / 2 || !get_number(k, input, base, 2 * digits))
        return false;
    for (u32 i = 0; i < 5; i++) {
        if (!get_number(k, part[i], number[i], digits))
            return false;
    }
    if (!(number[0][0] & number[1][0] & 1))
        return false;
    number_root(base, base, &(struct number_root){number[0], number[1], number[2], number[3], number[4]}, digits);
    return put_number(k, result, base, 2 * digits);
}

/* result, base, p, q, d modulo p - 1, d modulo q - 1, coefficient, digits of each of these. */
u64 xboxkrnl_XeCryptBnQwNeModExpRoot(struct kcall *k)
{
    u32 part[5];
    for (u32 i = 0; i < 5; i++)
        part[i] = kcall_u32(k, 2 + i);
    return root(k, kcall_u32(k, 0), kcall_u32(k, 1), part, kcall_u32(k, 7));
}

/* The public part of a key. False: a fault is set, or it is none that can be used. */
static bool rsa_get(struct kcall *k, u32 address, struct rsa_key *key)
{
    u8 head[RSA_MODULUS];
    if (!crypt_get(k, address, head, sizeof head))
        return false;
    key->digits = load_be32(head);
    key->exponent = load_be32(head + RSA_EXPONENT);
    return is_size(key->digits) && get_number(k, address + RSA_MODULUS, key->modulus, key->digits) &&
           key->modulus[0] & 1;
}

static bool rsa_public(const struct rsa_key *key, u64 *number)
{
    u64 exponent = key->exponent;
    if (number_compare(number, key->modulus, key->digits) >= 0)
        return false;
    number_power(number, number, &exponent, 1, key->modulus, key->digits);
    return true;
}

/* input, output, key. */
u64 xboxkrnl_XeCryptBnQwNeRsaPubCrypt(struct kcall *k)
{
    struct rsa_key key;
    u64 number[NUMBER_DIGITS];
    return rsa_get(k, kcall_u32(k, 2), &key) && get_number(k, kcall_u32(k, 0), number, key.digits) &&
           rsa_public(&key, number) && put_number(k, kcall_u32(k, 1), number, key.digits);
}

u64 xboxkrnl_XeCryptBnQwNeRsaPrvCrypt(struct kcall *k)
{
    struct rsa_key key;
    u64 number[NUMBER_DIGITS];
    u32 part[5], at = kcall_u32(k, 2);
    if (!rsa_get(k, at, &key) || !get_number(k, kcall_u32(k, 0), number, key.digits) || key.digits % 2 ||
        number_compare(number, key.modulus, key.digits) >= 0)
        return 0;
    u32 half = key.digits / 2;
    for (u32 i = 0; i < 5; i++)
        part[i] = at + RSA_MODULUS + (key.digits + i * half) * QUADWORD;
    return root(k, kcall_u32(k, 1), kcall_u32(k, 0), part, half);
}

/* ---- Signatures of 2048 bits: PSS (PKCS #1 v2.1) with SHA-1, a salt of 10 bytes, and RC4 in the place of MGF1 ---- */

enum { SIG_DIGITS = 32, SIG_BYTES = 256, SIG_SALT = 10, SIG_HASHED = 0xEB, SIG_ONE = 0xE0 };

static bool sig_format(struct kcall *k, u32 hash_at, u32 salt_at, u64 number[SIG_DIGITS])
{
    u8 bytes[SIG_BYTES] = {0}, digest[HASH_DIGEST_MAX], signed_hash[SHA1_DIGEST_SIZE];
    struct hash hash;
    struct arcfour_ctx rc4;
    if (!crypt_get(k, hash_at, signed_hash, sizeof signed_hash) ||
        !crypt_get(k, salt_at, bytes + SIG_ONE + 1, SIG_SALT))
        return false;
    bytes[SIG_ONE] = 1;
    hash_begin(&hash, &hash_sha1);
    hash_take(&hash, QUADWORD, bytes);
    hash_take(&hash, sizeof signed_hash, signed_hash);
    hash_take(&hash, SIG_SALT, bytes + SIG_ONE + 1);
    hash_end(&hash, digest);
    arcfour_set_key(&rc4, SHA1_DIGEST_SIZE, digest);
    arcfour_crypt(&rc4, SIG_HASHED, bytes, bytes);
    memcpy(bytes + SIG_HASHED, digest, SHA1_DIGEST_SIZE);
    bytes[SIG_BYTES - 1] = 0xBC;
    bytes[0] &= 0x7F;
    for (u32 i = 0; i < SIG_DIGITS; i++)
        number[SIG_DIGITS - 1 - i] = load_be64(bytes + i * QUADWORD);
    return true;
}

/* signature, hash, salt. */
u64 xboxkrnl_XeCryptBnQwBeSigFormat(struct kcall *k)
{
    u64 number[SIG_DIGITS];
    if (sig_format(k, kcall_u32(k, 1), kcall_u32(k, 2), number))
        put_number(k, kcall_u32(k, 0), number, SIG_DIGITS);
    return 0;
}

static bool sig_key(struct kcall *k, u32 address, struct rsa_key *key)
{
    return rsa_get(k, address, key) && key->digits == SIG_DIGITS && (key->exponent == 3 || key->exponent == 0x10001);
}

/* Raised as a signature is when it is verified: squared and multiplied without Montgomery's form, which divides by
 * 2^2048 at each of the exponent - 1 steps' worth. */
static void sig_raise(const struct rsa_key *key, u64 number[SIG_DIGITS])
{
    u64 power[SIG_DIGITS], inverse = number_inverse(key->modulus[0]);
    memcpy(power, number, sizeof power);
    for (u32 exponent = key->exponent >> 1; exponent; exponent >>= 1)
        number_multiply(power, power, power, inverse, key->modulus, SIG_DIGITS);
    number_multiply(number, power, number, inverse, key->modulus, SIG_DIGITS);
}

/* signature, hash, salt, key: what the private key is to raise, times what the verification will divide by. */
u64 xboxkrnl_XeCryptBnQwBeSigCreate(struct kcall *k)
{
    struct rsa_key key;
    u64 number[SIG_DIGITS], scale[SIG_DIGITS] = {0}, radix[SIG_DIGITS + 1] = {0};
    if (!sig_key(k, kcall_u32(k, 3), &key) || !sig_format(k, kcall_u32(k, 1), kcall_u32(k, 2), number))
        return 0;
    u64 exponent = key.exponent;
    radix[SIG_DIGITS] = 1;
    number_reduce(scale, radix, SIG_DIGITS + 1, key.modulus, SIG_DIGITS);
    number_power(scale, scale, &exponent, 1, key.modulus, SIG_DIGITS);
    number_multiply(number, number, scale, number_inverse(key.modulus[0]), key.modulus, SIG_DIGITS);
    return put_number(k, kcall_u32(k, 0), number, SIG_DIGITS);
}

/* signature, hash, salt, key. The signature is replaced by what it was made from. */
u64 xboxkrnl_XeCryptBnQwBeSigVerify(struct kcall *k)
{
    struct rsa_key key;
    u64 number[SIG_DIGITS], wanted[SIG_DIGITS];
    if (!sig_key(k, kcall_u32(k, 3), &key) || !get_number(k, kcall_u32(k, 0), number, SIG_DIGITS) ||
        !sig_format(k, kcall_u32(k, 1), kcall_u32(k, 2), wanted))
        return 0;
    sig_raise(&key, number);
    return put_number(k, kcall_u32(k, 0), number, SIG_DIGITS) && number_compare(number, wanted, SIG_DIGITS) == 0;
}

/* ---- PKCS #1 v1.5 with SHA-1, the last byte first ---- */

enum { PKCS1_MIN = 39, PKCS1_MAX = 512, PKCS1_KIND = 0x16 };

/* Whose hash this is: with a parameter, without one, or not said. */
static void pkcs1_format(const u8 hash[SHA1_DIGEST_SIZE], u32 type, u8 *out, u32 size)
{
    static const u8 with[] = {0x14, 0x04, 0x00, 0x05, 0x1A, 0x02, 0x03, 0x0E,
                              0x2B, 0x05, 0x06, 0x09, 0x30, 0x21, 0x30, 0x00};
    static const u8 without[] = {0x14, 0x04, 0x1A, 0x02, 0x03, 0x0E, 0x2B, 0x05, 0x06, 0x07, 0x30, 0x1F, 0x30, 0x00};
    memset(out, 0xFF, size);
    out[size - 1] = 0;
    out[size - 2] = 1;
    for (u32 i = 0; i < SHA1_DIGEST_SIZE; i++)
        out[i] = hash[SHA1_DIGEST_SIZE - 1 - i];
    if (type == 0)
        memcpy(out + SHA1_DIGEST_SIZE, with, sizeof with);
    else if (type == 1)
        memcpy(out + SHA1_DIGEST_SIZE, without, sizeof without);
    else
        out[SHA1_DIGEST_SIZE] = 0;
}

static bool pkcs1_verify(const u8 hash[SHA1_DIGEST_SIZE], const u8 *signature, u32 size)
{
    u8 wanted[PKCS1_MAX];
    u8 kind = signature[PKCS1_KIND];
    pkcs1_format(hash, kind == 0 ? 0 : kind == 0x1A ? 1 : 2, wanted, size);
    return memcmp(wanted, signature, size) == 0;
}

/* hash, type, signature, size. */
u64 xboxkrnl_XeCryptBnDwLePkcs1Format(struct kcall *k)
{
    u8 hash[SHA1_DIGEST_SIZE], out[PKCS1_MAX];
    u32 size = kcall_u32(k, 3);
    if (size < PKCS1_MIN || size > PKCS1_MAX || !crypt_get(k, kcall_u32(k, 0), hash, sizeof hash))
        return 0;
    pkcs1_format(hash, kcall_u32(k, 1), out, size);
    crypt_put(k, kcall_u32(k, 2), out, size);
    return 0;
}

/* hash, signature, size. */
u64 xboxkrnl_XeCryptBnDwLePkcs1Verify(struct kcall *k)
{
    u8 hash[SHA1_DIGEST_SIZE], signature[PKCS1_MAX];
    u32 size = kcall_u32(k, 2);
    return size >= PKCS1_MIN && size <= PKCS1_MAX && crypt_get(k, kcall_u32(k, 0), hash, sizeof hash) &&
           crypt_get(k, kcall_u32(k, 1), signature, size) && pkcs1_verify(hash, signature, size);
}

/* ---- Diffie-Hellman: {u32 quadwords, u32 unused}, modulus, generator; arguments have the least byte first ---- */

enum { DH_MODULUS = 8, OAKLEY_DIGITS = 12 };

/* The first Oakley group, which is that of a null pointer. UNKNOWN: its generator on the console: 2 as in RFC 2409, or
 * 22 as in RFC 2412. */
static const u64 oakley_modulus[OAKLEY_DIGITS] = {
    0xFFFFFFFFFFFFFFFF, 0xF44C42E9A63A3620, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
    0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
    0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF,
};
static const u64 oakley_generator[OAKLEY_DIGITS] = {2};

/* False: a fault is set, or it is none that can be used. */
static bool dh_get(struct kcall *k, u32 address, u32 *digits, u64 *modulus, u64 *generator)
{
    u8 head[DH_MODULUS];
    if (!address) {
        *digits = OAKLEY_DIGITS;
        memcpy(modulus, oakley_modulus, sizeof oakley_modulus);
        memcpy(generator, oakley_generator, sizeof oakley_generator);
        return true;
    }
    if (!crypt_get(k, address, head, sizeof head))
        return false;
    *digits = load_be32(head);
    return is_size(*digits) && get_number(k, address + DH_MODULUS, modulus, *digits) &&
           get_number(k, address + DH_MODULUS + *digits * QUADWORD, generator, *digits) && modulus[0] & 1;
}

static void swap(u64 *number, u32 digits)
{
    for (u32 i = 0; i < digits; i++)
        number[i] = __builtin_bswap64(number[i]);
}

static bool get_swapped(struct kcall *k, u32 address, u64 *number, u32 digits)
{
    if (!get_number(k, address, number, digits))
        return false;
    swap(number, digits);
    return true;
}

/* base (0: the generator), exponent, result, group. */
u64 xboxkrnl_XeCryptBnDwLeDhModExp(struct kcall *k)
{
    u64 modulus[NUMBER_DIGITS], base[NUMBER_DIGITS], exponent[NUMBER_DIGITS];
    u32 digits;
    if (!dh_get(k, kcall_u32(k, 3), &digits, modulus, base) || !get_swapped(k, kcall_u32(k, 1), exponent, digits) ||
        (kcall_u32(k, 0) && !get_swapped(k, kcall_u32(k, 0), base, digits)))
        return 0;
    number_power(base, base, exponent, digits, modulus, digits);
    swap(base, digits);
    return put_number(k, kcall_u32(k, 2), base, digits);
}

/* base, group: whether it is not above 1 and below the modulus - 1. */
u64 xboxkrnl_XeCryptBnDwLeDhInvalBase(struct kcall *k)
{
    u64 modulus[NUMBER_DIGITS], base[NUMBER_DIGITS], generator[NUMBER_DIGITS], one[NUMBER_DIGITS] = {1};
    u32 digits;
    if (!dh_get(k, kcall_u32(k, 1), &digits, modulus, generator) || !get_swapped(k, kcall_u32(k, 0), base, digits))
        return 1;
    modulus[0] -= 1; /* it is odd */
    return number_compare(base, one, digits) <= 0 || number_compare(base, modulus, digits) >= 0;
}

/* base, group. */
u64 xboxkrnl_XeCryptBnDwLeDhEqualBase(struct kcall *k)
{
    u64 modulus[NUMBER_DIGITS], base[NUMBER_DIGITS], generator[NUMBER_DIGITS];
    u32 digits;
    if (!dh_get(k, kcall_u32(k, 1), &digits, modulus, generator) || !get_swapped(k, kcall_u32(k, 0), base, digits))
        return 0;
    return number_compare(base, generator, digits) == 0;
}
