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
    check("no such setting", ExGetXConfigSetting(3, 999, &value, 4, &size) == 0xC00000F0);
    check("nor category", ExGetXConfigSetting(99, 1, &value, 4, &size) == 0xC00000EF);
    check("the cable", HalGetCurrentAVPack() == XGetAVPack());
}

static void check_statuses(void)
{
    check("statuses have errors", RtlNtStatusToDosError(0xC0000034) == 2 && RtlNtStatusToDosError(0xC0000005) == 998);
    check("success is none", RtlNtStatusToDosError(0) == 0);
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
