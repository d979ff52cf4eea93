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
    check_statuses();
    check_random();
    check_strings();
    check_unicode();
    check_prints();
    DbgPrint("rtl: %u failures\n", failures);
    return (int)failures;
}
