/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that the kernel's hashes and ciphers give what their standards' examples say, in one go and piece
 * by piece. Prints a line a check; the exit code is the number of failures. */
#include "crypt.h"

static u32 failures;
static u8 state[400], out[64];

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

int is(const u8 *bytes, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (u32 i = 0; hex[2 * i]; i++) {
        if (digits[bytes[i] >> 4] != hex[2 * i] || digits[bytes[i] & 15] != hex[2 * i + 1])
            return 0;
    }
    return 1;
}

static void check_md5(void)
{
    XeCryptMd5("a", 1, "b", 1, "c", 1, out, 16);
    check("MD5", is(out, "900150983cd24fb0d6963f7d28e17f72"));
    XeCryptMd5Init(state);
    XeCryptMd5Update(state, "ab", 2);
    XeCryptMd5Update(state, "c", 1);
    XeCryptMd5Final(state, out, 16);
    check("MD5 in pieces", is(out, "900150983cd24fb0d6963f7d28e17f72"));
}

static void check_sha1(void)
{
    XeCryptSha("a", 1, "b", 1, "c", 1, out, 20);
    check("SHA-1", is(out, "a9993e364706816aba3e25717850c26c9cd0d89d"));
    XeCryptShaInit(state);
    XeCryptShaUpdate(state, "ab", 2);
    XeCryptShaUpdate(state, "c", 1);
    XeCryptShaFinal(state, out, 20);
    check("SHA-1 in pieces", is(out, "a9993e364706816aba3e25717850c26c9cd0d89d"));
}

static void check_sha2(void)
{
    XeCryptSha256Init(state);
    XeCryptSha256Update(state, "a", 1);
    XeCryptSha256Update(state, "bc", 2);
    XeCryptSha256Final(state, out, 32);
    check("SHA-256", is(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    XeCryptSha384Init(state);
    XeCryptSha384Update(state, "ab", 2);
    XeCryptSha384Update(state, "c", 1);
    XeCryptSha384Final(state, out, 48);
    check("SHA-384", is(out, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                             "8086072ba1e7cc2358baeca134c825a7"));
    XeCryptSha512Init(state);
    XeCryptSha512Update(state, "a", 1);
    XeCryptSha512Update(state, "bc", 2);
    XeCryptSha512Final(state, out, 64);
    check("SHA-512", is(out, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                             "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
}

static void check_at_once(void)
{
    XeCryptSha256("a", 1, "b", 1, "c", 1, out, 32);
    check("SHA-256 at once", is(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    XeCryptSha384("ab", 2, "c", 1, NULL, 0, out, 48);
    check("SHA-384 at once", is(out, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"));
    XeCryptSha512("abc", 3, NULL, 0, NULL, 0, out, 64);
    check("SHA-512 at once", is(out, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"));
    XeCryptSha224Init(state);
    XeCryptSha256Update(state, "abc", 3);
    memset(out, 0x55, 32);
    XeCryptSha256Final(state, out, 28);
    check("SHA-224", is(out, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da755555555"));
    XeCryptHmacSha("Jefe", 4, "what do ya want ", 16, "for nothing?", 12, NULL, 0, out, 20);
    check("an HMAC is verified",
          XeCryptHmacShaVerify("Jefe", 4, "what do ya want for nothing?", 28, NULL, 0, NULL, 0, out, 20));
    out[19] ^= 1;
    check("or not", !XeCryptHmacShaVerify("Jefe", 4, "what do ya want for nothing?", 28, NULL, 0, NULL, 0, out, 20));
}

static void check_hmac(void)
{
    static const char text[] = "what do ya want for nothing?";
    static const char want[] = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
    XeCryptHmacSha("Jefe", 4, text, 10, text + 10, 18, NULL, 0, out, 20);
    check("HMAC", is(out, want));
    XeCryptHmacShaInit(state, "Jefe", 4);
    XeCryptHmacShaUpdate(state, text, 3);
    XeCryptHmacShaUpdate(state, text + 3, 25);
    XeCryptHmacShaFinal(state, out, 20);
    check("HMAC in pieces", is(out, want));
    u8 key[80];
    memset(key, 0xAA, sizeof key);
    XeCryptHmacSha(key, 80, "Test Using Larger Than Block-Size Key - Hash Key First", 54, NULL, 0, NULL, 0, out, 20);
    check("HMAC with a long key", is(out, "aa4ae5e15272d00e95705637ce8a3b55ed402112"));
}

static void check_rc4(void)
{
    u8 text[10] = "Plaintext";
    XeCryptRc4("Key", 3, text, 9);
    check("RC4", is(text, "bbf316e8d940af0ad3"));
    XeCryptRc4Key(state, "Key", 3);
    XeCryptRc4Ecb(state, text, 4);
    XeCryptRc4Ecb(state, text + 4, 5);
    check("RC4 in pieces, and back", !memcmp(text, "Plaintext", 9));
}

static void check_aes(void)
{
    u8 key[16], text[48], cipher[48], feed[16] = {0};
    for (u32 i = 0; i < 16; i++) {
        key[i] = (u8)i;
        text[i] = (u8)(i * 0x11);
    }
    XeCryptAesKey(state, key);
    XeCryptAesEcb(state, text, cipher, 1);
    check("AES", is(cipher, "69c4e0d86a7b0430d8cdb78070b4c55a"));
    XeCryptAesEcb(state, cipher, cipher, 0);
    check("AES back", !memcmp(text, cipher, 16));
    memset(text, 5, sizeof text);
    XeCryptAesCbc(state, text, 48, cipher, feed, 1);
    check("chained", memcmp(cipher, cipher + 16, 16) && !memcmp(feed, cipher + 32, 16));
    u8 first[16];
    XeCryptAesEcb(state, text, first, 1);
    check("from the feed on", !memcmp(first, cipher, 16));
    memset(feed, 0, sizeof feed);
    XeCryptAesCbc(state, cipher, 48, cipher, feed, 0);
    check("chained back", !memcmp(cipher, text, 48));
}

static void check_des(void)
{
    static const u8 text[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF};
    static const u8 key[8] = {0x13, 0x34, 0x57, 0x79, 0x9B, 0xBC, 0xDF, 0xF1};
    u8 keys[24], cipher[16], two[16], feed[8] = {0};
    XeCryptDesKey(state, key);
    XeCryptDesEcb(state, text, cipher, 1);
    check("DES", is(cipher, "85e813540f0ab405"));
    XeCryptDesEcb(state, cipher, cipher, 0);
    check("DES back", !memcmp(cipher, text, 8));
    memset(two, 7, sizeof two);
    XeCryptDesCbc(state, two, 16, cipher, feed, 1);
    check("DES chained", memcmp(cipher, cipher + 8, 8) && !memcmp(feed, cipher + 8, 8));
    memset(feed, 0, sizeof feed);
    XeCryptDesCbc(state, cipher, 16, cipher, feed, 0);
    check("DES chained back", !memcmp(cipher, two, 16));
    for (u32 i = 0; i < 24; i++)
        keys[i] = key[i % 8];
    XeCryptDes3Key(state, keys);
    XeCryptDes3Ecb(state, text, cipher, 1);
    check("three times with one key is once", is(cipher, "85e813540f0ab405"));
    keys[12] ^= 0x10;
    keys[13] ^= 0x20;
    XeCryptDes3Key(state, keys);
    memset(feed, 0, sizeof feed);
    XeCryptDes3Cbc(state, two, 16, cipher, feed, 1);
    check("three keys", memcmp(cipher, two, 8));
    memset(feed, 0, sizeof feed);
    XeCryptDes3Cbc(state, cipher, 16, cipher, feed, 0);
    check("and back", !memcmp(cipher, two, 16));
    u8 parity[4] = {0x00, 0x01, 0x02, 0xFE};
    XeCryptDesParity(parity, 4, parity);
    check("odd parity", is(parity, "010102fe"));
}

static void check_numbers(void)
{
    u64 number[2] = {0x0102030405060708, 0x1112131415161718}, copy[2];
    XeCryptBnQw_Copy(number, copy, 2);
    check("numbers are copied", !memcmp(number, copy, 16));
    XeCryptBnQw_SwapDwQwLeBe(number, copy, 2);
    check("turned around", copy[0] == 0x0807060504030201 && copy[1] == 0x1817161514131211);
    XeCryptBnQw_SwapLeBe(number, copy, 2);
    check("by words", copy[0] == 0x0403020108070605 && copy[1] == 0x1413121118171615);
    XeCryptBnQw_SwapDwQw(number, copy, 2);
    check("words changed", copy[0] == 0x0506070801020304 && copy[1] == 0x1516171811121314);
    XeCryptBnQw_Zero(copy, 1);
    check("and cleared", copy[0] == 0 && copy[1] != 0);
    u32 words[3] = {0x01020304, 0x05060708, 9}, moved[3] = {0};
    XeCryptBnDw_Copy(words, moved, 3);
    check("numbers of words are copied", !memcmp(words, moved, 12));
    XeCryptBnDw_SwapLeBe(words, moved, 2);
    check("turned around", moved[0] == 0x04030201 && moved[1] == 0x08070605 && moved[2] == 9);
    XeCryptBnDw_Zero(moved, 2);
    check("and cleared", moved[0] == 0 && moved[1] == 0 && moved[2] == 9);
}

int main(void)
{
    check_md5();
    check_sha1();
    check_sha2();
    check_at_once();
    check_hmac();
    check_rc4();
    check_aes();
    check_des();
    check_numbers();
    check_macs();
    check_rsa();
    check_signatures();
    check_groups();
    check_keys();
    DbgPrint("crypt: %u failures\n", failures);
    return (int)failures;
}
