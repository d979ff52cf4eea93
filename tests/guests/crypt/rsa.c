/* SPDX-License-Identifier: BSD-3-Clause
 * RSA, its signatures, Diffie-Hellman, the console's identity. The two digests of check_pss are those of a second
 * implementation of the same facts. */
#include "crypt.h"
#include "numbers.h"

static u64 number[64], other[64];

static int equal(const u64 *a, const u64 *b, u32 digits)
{
    return !memcmp(a, b, digits * 8);
}

void check_rsa(void)
{
    const u64 *modulus = short_key + 2, *p = short_key + 10, *q = p + 4, *dp = p + 8, *dq = p + 12, *cr = p + 16;
    u64 exponent[8] = {0x10001}, inverse = XeCryptBnQwNeModInv(modulus[0]);
    check("an inverse modulo 2^64", inverse * modulus[0] == 1);
    check("the public half",
          XeCryptBnQwNeRsaPubCrypt((void *)message, number, (void *)short_key) && equal(number, encrypted, 8));
    check("the private half, in its place",
          XeCryptBnQwNeRsaPrvCrypt(number, number, (void *)short_key) && equal(number, message, 8));
    check("a signature",
          XeCryptBnQwNeRsaPrvCrypt((void *)message, number, (void *)short_key) && equal(number, signed_message, 8));
    check("a power", XeCryptBnQwNeModExp(number, message, exponent, modulus, 8) && equal(number, encrypted, 8));
    check("a root by its parts",
          XeCryptBnQwNeModExpRoot(number, encrypted, p, q, dp, dq, cr, 4) && equal(number, message, 8));
    memset(other, 0xFF, sizeof other);
    check("a number must be less than the modulus", !XeCryptBnQwNeRsaPubCrypt(other, number, (void *)short_key));
    other[0] = 0;
    check("no modulus of nought", !XeCryptBnQwNeModExp(number, message, exponent, other, 8));
    check("nor of no size", !XeCryptBnQwNeModExp(number, message, exponent, modulus, 0));
    check("nor of more than 4096 bits", !XeCryptBnQwNeModExp(number, message, exponent, modulus, 65));
    memset(other, 0, sizeof other);
    other[0] = 1;
    XeCryptBnQwNeModMul(message, other, number, inverse, modulus, 8);
    /* message / R; times R * R / R is message again, where R modulo m is (2^512 modulo m). */
    u64 two[8] = {2}, power[8] = {1024}, square[8];
    XeCryptBnQwNeModExp(square, two, power, modulus, 8);
    XeCryptBnQwNeModMul(number, square, number, inverse, modulus, 8);
    check("Montgomery's multiplication, there and back", equal(number, message, 8));
}

static void check_pss(const u8 *hash)
{
    u8 digest[20];
    static const u8 salt[] = "0123456789";
    XeCryptBnQwBeSigFormat(number, hash, salt);
    XeCryptSha(number, 256, NULL, 0, NULL, 0, digest, 20);
    check("a signature's form", is(digest, "105d9c6e144744c160e5cd2b49a5c746f5abd0a3"));
    check("what is to be raised", XeCryptBnQwBeSigCreate(number, hash, salt, (void *)long_key));
    XeCryptSha(number, 256, NULL, 0, NULL, 0, digest, 20);
    check("has its factor", is(digest, "faa5bfbca5eb71d539bb33c2243aab0e0bee84b1"));
    check("is raised", XeCryptBnQwNeRsaPrvCrypt(number, number, (void *)long_key));
    memcpy(other, number, 256);
    check("is verified", XeCryptBnQwBeSigVerify(other, hash, salt, (void *)long_key));
    other[0] = number[0] ^ 1;
    memcpy(other + 1, number + 1, 248);
    check("or not", !XeCryptBnQwBeSigVerify(other, hash, salt, (void *)long_key));
    check("with a short key never", !XeCryptBnQwBeSigVerify(number, hash, salt, (void *)short_key));
}

void check_signatures(void)
{
    u8 hash[20], bytes[64], turned[64];
    XeCryptSha("abc", 3, NULL, 0, NULL, 0, hash, 20);
    for (u32 type = 0; type < 3; type++) {
        static const char *const want[] = {
            "3021300906052b0e03021a05000414a9993e364706816aba3e25717850c26c9cd0d89d",
            "301f300706052b0e03021a0414a9993e364706816aba3e25717850c26c9cd0d89d",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
        };
        u32 length = strlen(want[type]) / 2;
        XeCryptBnDwLePkcs1Format(hash, type, bytes, 64);
        for (u32 i = 0; i < 64; i++)
            turned[i] = bytes[63 - i];
        check("PKCS #1, turned around", is(turned, "0001ffff") && turned[63 - length] == 0 &&
                                            turned[62 - length] == 0xFF && is(turned + 64 - length, want[type]));
        check("is verified", XeCryptBnDwLePkcs1Verify(hash, bytes, 64));
        bytes[50] ^= 1;
        check("or not", !XeCryptBnDwLePkcs1Verify(hash, bytes, 64));
    }
    check("too short for any", !XeCryptBnDwLePkcs1Verify(hash, bytes, 38));
    check_pss(hash);
}

/* Two sides come to the same number. */
void check_groups(void)
{
    static const u64 oakley[] = {
        /* RFC 2409, section 6.1, the least quadword first */
        0xFFFFFFFFFFFFFFFF, 0xF44C42E9A63A3620, 0xE485B576625E7EC6, 0x4FE1356D6D51C245,
        0x302B0A6DF25F1437, 0xEF9519B3CD3A431B, 0x514A08798E3404DD, 0x020BBEA63B139B22,
        0x29024E088A67CC74, 0xC4C6628B80DC1CD1, 0xC90FDAA22168C234, 0xFFFFFFFFFFFFFFFF,
    };
    struct {
        u32 digits, unused;
        u64 modulus[8], generator[8];
    } group = {.digits = 8, .generator = {5}};
    u64 mine[8] = {0x1234}, yours[8] = {0x5678}, a[8], b[8], ab[8], ba[8];
    memcpy(group.modulus, short_key + 2, 64);
    XeCryptBnDwLeDhModExp(NULL, (void *)mine, (void *)a, &group);
    XeCryptBnDwLeDhModExp(NULL, (void *)yours, (void *)b, &group);
    XeCryptBnDwLeDhModExp((void *)a, (void *)yours, (void *)ab, &group);
    XeCryptBnDwLeDhModExp((void *)b, (void *)mine, (void *)ba, &group);
    check("both sides' number", equal(ab, ba, 8) && !equal(a, b, 8));
    memset(a, 0, sizeof a);
    a[0] = 0x0500000000000000;
    check("the generator", XeCryptBnDwLeDhEqualBase((void *)a, &group));
    check("is a base", !XeCryptBnDwLeDhInvalBase((void *)a, &group));
    a[0] = 0x0100000000000000;
    check("1 is none", XeCryptBnDwLeDhInvalBase((void *)a, &group));
    XeCryptBnQw_SwapDwQwLeBe(group.modulus, a, 8);
    a[0] -= 0x0100000000000000;
    check("the modulus - 1 is none", XeCryptBnDwLeDhInvalBase((void *)a, &group));
    a[0] -= 0x0100000000000000;
    check("one below it is", !XeCryptBnDwLeDhInvalBase((void *)a, &group));
    u64 high[12] = {0};
    high[11] = 1;
    check("the console's own group has 768 bits", !XeCryptBnDwLeDhInvalBase((void *)high, NULL));
    XeCryptBnQw_SwapDwQwLeBe(oakley, high, 12);
    high[0] -= 0x0100000000000000;
    check("its modulus - 1 is none", XeCryptBnDwLeDhInvalBase((void *)high, NULL));
    high[0] -= 0x0100000000000000;
    check("one below it is", !XeCryptBnDwLeDhInvalBase((void *)high, NULL));
}

void check_keys(void)
{
    u8 id[5], again[5], text[13] = {0}, key[16], hidden[16], digest[20], wanted[20], feed[16] = {0}, bytes[32];
    u32 type = 0, digits = 0;
    check("a console has a name", XeKeysGetConsoleID(id, text) == 0 && XeKeysGetConsoleID(again, NULL) == 0);
    while (text[digits] >= '0' && text[digits] <= (digits < 11 ? '9' : 'f'))
        digits++;
    check("always the same, in bytes and in digits", !memcmp(id, again, 5) && digits == 12);
    check("and is one of a shop", XeKeysGetConsoleType(&type) == 0 && type == 2);
    for (u32 i = 0; i < 16; i++)
        key[i] = (u8)i;
    check("a key is hidden", XeKeysObscureKey(key, hidden) == 0 && memcmp(key, hidden, 16));
    XeKeysHmacShaUsingKey(hidden, "abc", 3, NULL, 0, NULL, 0, digest, 20);
    XeCryptHmacSha(key, 16, "abc", 3, NULL, 0, NULL, 0, wanted, 20);
    check("and used unseen", !memcmp(digest, wanted, 20));
    check("no key, no code", XeKeysHmacShaUsingKey(NULL, "abc", 3, NULL, 0, NULL, 0, digest, 20) == 0xC000000D);
    for (u32 i = 0; i < 32; i++)
        bytes[i] = (u8)(i % 16 * 0x11);
    XeKeysAesCbcUsingKey(hidden, bytes, 32, bytes, feed, 1);
    check("by a cipher too", is(bytes, "69c4e0d86a7b0430d8cdb78070b4c55a") && !memcmp(feed, bytes + 16, 16));
    memset(feed, 0, sizeof feed);
    XeKeysAesCbcUsingKey(hidden, bytes, 32, bytes, feed, 0x100);
    memset(feed, 0, sizeof feed);
    XeKeysAesCbcUsingKey(hidden, bytes, 32, bytes, feed, 0);
    XeKeysAesCbcUsingKey(hidden, bytes, 32, bytes, memset(feed, 0, sizeof feed), 0);
    check("and back, twice: any number but 0 is true", bytes[1] == 0x11 && bytes[31] == 0xFF);
}
