/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside what a title needs of the GPU before anything is drawn: the display's answers, the ring and its
 * packets, fences, waits, interrupts, vertical blanks and swaps. Prints a line a check; the exit code is the number of
 * failures. */
#include "video.h"

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

void sleep_us(s64 us)
{
    s64 interval = -us * 10;
    KeDelayExecutionThread(1, 0, &interval);
}

int main(void)
{
    check_display();
    ring_start();
    check_packets();
    check_interrupts();
    check_frames();
    DbgPrint("video: %u failures\n", failures);
    return (int)failures;
}
