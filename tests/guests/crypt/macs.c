/* SPDX-License-Identifier: BSD-3-Clause
 * Codes of authenticity and the ciphers beside them. HMAC-MD5: RFC 2202, cases 2 and 6. AES: FIPS 197, appendix C. The
 * sums and Parve have no published examples: the values are those of a second implementation. */
#include "crypt.h"

static u8 state[480], out[64];

static void check_hmac_md5(void)
{
    static const char text[] = "what do ya want for nothing?";
    static const char want[] = "750c783e6ab0b503eaa86e310a5db738";
    u8 key[80];
    XeCryptHmacMd5("Jefe", 4, text, 10, text + 10, 18, NULL, 0, out, 16);
    check("HMAC-MD5", is(out, want));
    XeCryptHmacMd5Init(state, "Jefe", 4);
    XeCryptHmacMd5Update(state, text, 5);
    XeCryptHmacMd5Update(state, text + 5, 23);
    memset(out, 0, sizeof out);
    XeCryptHmacMd5Final(state, out, 12);
    check("in pieces, and cut", is(out, "750c783e6ab0b503eaa86e3100000000"));
    memset(key, 0xAA, sizeof key);
    XeCryptHmacMd5(key, 80, "Test Using Larger Than Block-Size Key - Hash Key First", 54, NULL, 0, NULL, 0, out, 16);
    check("HMAC-MD5 with a long key", is(out, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"));
}

static void check_sums(void)
{
    u8 up[40], down[25], table[256];
    u32 cd[2] = {0x81234567, 0x89ABCDEF}, ab[2] = {0xFEDCBA98, 0x76543210};
    u32 words[5] = {0x01020304, 0xF5F6F7F8, 0x090A0B0C, 0xFDFEFF00, 7};
    for (u32 i = 0; i < 40; i++)
        up[i] = (u8)i;
    for (u32 i = 0; i < 25; i++)
        down[i] = (u8)(255 - i);
    XeCryptRotSumSha(up, 40, down, 25, out, 20);
    check("the turned sum", is(out, "0168c9f8e99830d1c50bdc5a9a97b5fb2838c938"));
    for (u32 i = 0; i < 256; i++)
        table[i] = (u8)(7 * i + 3);
    XeCryptParveEcb(up + 1, table, up + 0x10, out);
    check("Parve", is(out, "039f2302b522a44f"));
    XeCryptParveCbcMac(up + 1, table, up + 0x10, up, 24, out);
    check("Parve chained", is(out, "2556cefaa8ab8e72"));
    XeCryptParveCbcMac(up + 1, table, up + 0x10, up, 31, out);
    check("whole blocks only", is(out, "2556cefaa8ab8e72"));
    XeCryptChainAndSumMac(cd, ab, words, 5, out);
    check("chain and sum", is(out, "5bf3a90e6356e5c7"));
}

static void check_schedules(void)
{
    static const char *const want[] = {"69c4e0d86a7b0430d8cdb78070b4c55a", "dda97ca4864cdfe06eaf70a0ec0d7191",
                                       "8ea2b7ca516745bfeafc49904b496089"};
    u8 key[32], text[32], cipher[32], feed[16];
    for (u32 i = 0; i < 32; i++) {
        key[i] = (u8)i;
        text[i] = (u8)(i % 16 * 0x11);
    }
    for (u32 i = 0; i < 3; i++) {
        XeCryptAesCreateKeySchedule(key, 16 + 8 * i, state);
        XeCryptAesEncryptOne(state, text, cipher);
        check("AES of three sizes", is(cipher, want[i]));
        XeCryptAesDecryptOne(state, cipher, cipher);
        check("and back", !memcmp(cipher, text, 16));
        memset(feed, 0, sizeof feed);
        XeCryptAesCbcEncrypt(state, text, 32, cipher, feed);
        check("chained, the first block is the same", is(cipher, want[i]) && !memcmp(feed, cipher + 16, 16));
        memset(feed, 0, sizeof feed);
        XeCryptAesCbcDecrypt(state, cipher, 32, cipher, feed);
        check("and back", !memcmp(cipher, text, 32));
    }
    memset(state, 0x55, sizeof state);
    XeCryptAesCreateKeySchedule(key, 20, state);
    check("no AES has such a key", state[0] == 0x55 && state[467] == 0x55);
}

static void check_digest_in_state(void)
{
    XeCryptShaInit(state);
    XeCryptShaUpdate(state, "abc", 3);
    XeCryptShaFinal(state, out, 0);
    check("the digest stands in the state", is(state + 4, "a9993e364706816aba3e25717850c26c9cd0d89d"));
    XeCryptMd5Init(state);
    XeCryptMd5Update(state, "abc", 3);
    XeCryptMd5Final(state, out, 0);
    check("MD5's too", is(state + 4, "900150983cd24fb0d6963f7d28e17f72"));
}

void check_macs(void)
{
    check_hmac_md5();
    check_sums();
    check_schedules();
    check_digest_in_state();
}
