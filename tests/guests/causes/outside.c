/* SPDX-License-Identifier: BSD-3-Clause
 * Wedges that come from outside: a file that is not there, buttons, a time-out, a processor that calculates wrong. */
#include "causes.h"
#include <xam.h>

/* Nobody ever sets it. */
static void wait_for_nothing(void)
{
    wait_us(new_event(MANUAL), FOREVER);
}

/* ---- Of three files, the second matters. ---- */

static u32 query(const char *path, u32 length)
{
    struct ansi_string name = {.text = (char *)path, .length = (u16)length, .capacity = (u16)(length + 1)};
    u32 attributes[3] = {0xFFFFFFFD, (u32)&name, 0x40};
    static u8 information[56];
    return NtQueryFullAttributesFile((void *)attributes, information);
}

void cached_file(void)
{
    u32 menu = query("cache:\\menu.bin", 15);
    u32 index = query("cache:\\index.bin", 16);
    u32 intro = query("cache:\\intro.bin", 16);
    DbgPrint("causes: %x %x %x\n", menu, index, intro);
    if (index)
        wait_for_nothing();
}

/* ---- A (0x1000) while the left shoulder (0x0100) is held. ---- */

void pad_input(void)
{
    u8 state[16];
    for (u32 i = 0; i < 60; i++) {
        u32 buttons = XamInputGetState(0, 0, state) ? 0 : (u32)(state[4] << 8 | state[5]);
        if ((buttons & 0x1100) == 0x1100)
            wait_for_nothing();
        sleep_us(1000);
    }
}

/* ---- The weekday on which the console boots. ---- */

void weekday(void)
{
    u64 now = 0;
    KeQuerySystemTime((void *)&now);
    if (now / 864000000000ull % 7 == 3)
        wait_for_nothing();
}

/* ---- An answer that comes before the time-out, or just after. ---- */

static u32 question, answer;

static void answerer(void *context)
{
    (void)context;
    sleep_us(29980);
    compute(14);
    NtSetEvent(answer, NULL);
    wait_us(question, FOREVER);
}

void timeout(void)
{
    question = new_event(MANUAL);
    answer = new_event(MANUAL);
    u32 thread = spawn(answerer, NULL, 2, 0);
    if (wait_us(answer, 30000) == 0)
        NtSetEvent(question, NULL);
    compute(3000);
    wait_us(thread, FOREVER);
}

/* ---- A checksum that is known. ---- */

static u32 calculate(void)
{
    u32 sum = 1;
    for (u32 i = 1; i < 2000; i++) {
        u32 high;
        __asm__ volatile("mulhwu %0, %1, %2" : "=r"(high) : "r"(sum), "r"(i * 0x9E3779B1u));
        sum = sum * 0x85EBCA6Bu + high + (u32)__builtin_clz(i);
    }
    return sum;
}

void checksum(void)
{
    u32 sum = calculate();
    DbgPrint("causes: checksum %x\n", sum);
    if (sum != 0x231F0EC2)
        wait_for_nothing();
}
