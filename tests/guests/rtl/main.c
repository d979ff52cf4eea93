/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that the run-time library's strings, text, numbers and calendar behave as the console's. Prints a
 * line a check; the exit code is the number of failures. */
#include "rtl.h"

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

static void check_memory(void)
{
    u32 words[8];
    RtlFillMemoryUlong(words, sizeof words, 0x11223344);
    check("words are filled", words[0] == 0x11223344 && words[7] == 0x11223344);
    words[5] = 0;
    check("and compared", RtlCompareMemoryUlong(words, sizeof words, 0x11223344) == 20);
    check("bytes too", RtlCompareMemory("abcd", "abxd", 4) == 2 && RtlCompareMemory("abc", "abc", 3) == 3);
}

static void check_calendar(void)
{
    /* 21 July 1969, 02:56:15.250, a Monday. */
    u16 fields[8] = {1969, 7, 21, 2, 56, 15, 250, 99}, back[8];
    s64 time = 0;
    check("a date has a time", RtlTimeFieldsToTime(fields, &time) == 1 && time == 116303145752500000);
    RtlTimeToTimeFields(&time, back);
    check("and a time its date", !memcmp(fields, back, 14) && back[7] == 1);
    fields[1] = 2, fields[2] = 29;
    check("1969 had no 29 February", RtlTimeFieldsToTime(fields, &time) == 0);
}

static void check_crc(void)
{
    check("a CRC", RtlComputeCrc32(0, "123456789", 9) == 0xCBF43926);
    check("in pieces", RtlComputeCrc32(RtlComputeCrc32(0, "1234", 4), "56789", 5) == 0xCBF43926);
}

/* By the title's PE header, which lies where its image begins. */
static void check_image(void)
{
    u32 size = 9;
    void *module = NULL;
    u8 *base = XexPcToFileHeader((void *)check_image, &module), *pe = RtlImageNtHeader(base);
    check("this title's image", base == (u8 *)0x82000000 && module == *(void **)XexExecutableModuleHandle);
    check("its header", pe && !memcmp(pe, "PE\0\0", 4) && RtlImageNtHeader(base + 16) == NULL);
    check("it has no exports", RtlImageDirectoryEntryToData(base, 1, 0, &size) == NULL && size == 0);
    check("nor a seventeenth directory", RtlImageDirectoryEntryToData(base, 1, 16, &size) == NULL);
    check("no image", XexPcToFileHeader(NULL, &module) == NULL && module == NULL);
}

static void check_settings(void)
{
    u32 value = 0;
    u16 size = 0;
    check("the language is set",
          ExGetXConfigSetting(3, 9, &value, 4, &size) == 0 && value == XGetLanguage() && size == 4);
    check("the region of video", ExGetXConfigSetting(2, 2, &value, 4, &size) == 0 && value == 0x1000);
    check("the region of games",
          ExGetXConfigSetting(2, 3, &value, 4, &size) == 0 && size == 2 && value >> 16 == XGetGameRegion());
    check("a country", ExGetXConfigSetting(3, 14, &value, 1, &size) == 0 && *(u8 *)&value == 103 && size == 1);
    check("how long it is", ExGetXConfigSetting(3, 9, NULL, 0, &size) == 0 && size == 4);
    check("too little room", ExGetXConfigSetting(3, 9, &value, 2, &size) == 0xC0000023);
    check("room for nothing", ExGetXConfigSetting(3, 9, NULL, 4, &size) == 0xC00000F1);
    check("no such setting", ExGetXConfigSetting(3, 999, &value, 4, &size) == 0xC00000F0);
    check("nor category", ExGetXConfigSetting(99, 1, &value, 4, &size) == 0xC00000EF);
    check("the cable", HalGetCurrentAVPack() == XGetAVPack());
}

/* Errors as the header of DOS errors names them, and what stands for itself. */
static void check_statuses(void)
{
    static const u32 pairs[][2] = {
        {0, 0},
        {0x00000103, 997},
        {0x40000006, 1303},
        {0x80000005, 234},
        {0x80000006, 18},
        {0xC0000001, 31},
        {0xC0000005, 998},
        {0xC000000D, 87},
        {0xC0000017, 8},
        {0xC0000022, 5},
        {0xC0000034, 2},
        {0xD0000034, 2},
        {0xC0000035, 183},
        {0xC000003A, 3},
        {0xC0000043, 32},
        {0xC000007F, 112},
        {0xC00000BB, 50},
        {0xC0000120, 995},
        {0xC0000135, 126},
        {0xC0000142, 1114},
        {0xC0000225, 1168},
        {0xC0000262, 182},
        {0xC0000263, 127},
        {0xC0020001, 1700},
        {0xC0030001, 1772},
        {0x80070057, 0x57},
        {0xC0011234, 0x1234},
        {0x20001234, 0x20001234},
        {0xE0001234, 0xE0001234},
        {0x00000101, 317},
        {0xC0FFFFFF, 317},
        {0xC0070057, 317},
    };
    for (u32 i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        check("a status has its error", RtlNtStatusToDosError(pairs[i][0]) == pairs[i][1]);
}

static void check_random(void)
{
    u8 a[32] = {0}, b[32] = {0};
    XeCryptRandom(a, 32);
    XeCryptRandom(b, 32);
    check("random bytes differ", memcmp(a, b, 32) != 0);
}

int main(void)
{
    check_memory();
    check_calendar();
    check_crc();
    check_image();
    check_settings();
    check_statuses();
    check_random();
    check_strings();
    check_unicode();
    check_prints();
    DbgPrint("rtl: %u failures\n", failures);
    return (int)failures;
}
