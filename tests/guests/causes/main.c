/* SPDX-License-Identifier: BSD-3-Clause
 * A title with one cause to wedge, chosen in causes.cfg, and decoys: pairs of threads that hand events, semaphores and
 * sections to and fro all the while, in any order, and always come to an end. */
#include "causes.h"

static const struct {
    const char *name;
    void (*run)(void);
} causes[] = {
    {"lost-wakeup", lost_wakeup}, {"lock-order", lock_order},
    {"auto-reset", auto_reset},   {"semaphore", semaphore_limit},
    {"priority", priority},       {"cached-file", cached_file},
    {"pad", pad_input},           {"weekday", weekday},
    {"timeout", timeout},         {"checksum", checksum},
};

u32 spawn(void (*start)(void *), void *context, u32 hw, s32 level)
{
    u32 thread = 0;
    ExCreateThread(&thread, 0x4000, NULL, NULL, (void *)start, context, 1u << (24 + hw) | 1);
    if (level) {
        void *object = NULL;
        ObReferenceObjectByHandle(thread, 0, &object);
        KeSetBasePriorityThread(object, level);
        ObDereferenceObject(object);
    }
    NtResumeThread(thread, NULL);
    return thread;
}

u32 wait_us(u32 object, s64 us)
{
    s64 interval = -us * 10;
    return NtWaitForSingleObjectEx(object, 1, 0, us < 0 ? NULL : &interval);
}

void sleep_us(s64 us)
{
    s64 interval = -us * 10;
    KeDelayExecutionThread(1, 0, &interval);
}

u32 new_event(u32 type)
{
    u32 event = 0;
    NtCreateEvent(&event, NULL, type, 0);
    return event;
}

/* Two instructions a turn, four a tick, fifty ticks a microsecond. */
void compute(u32 us)
{
    u32 turns = us * 100;
    __asm__ volatile("mtctr %0\n1: nop\n bdnz 1b" : : "r"(turns) : "ctr");
}

/* ---- Decoys. ---- */

static struct section decoy_section;
static u32 ping, pong, tokens;

static void decoy_left(void *context)
{
    (void)context;
    for (u32 i = 0; i < 12; i++) {
        RtlEnterCriticalSection(&decoy_section);
        compute(3);
        RtlLeaveCriticalSection(&decoy_section);
        NtSetEvent(ping, NULL);
        NtReleaseSemaphore(tokens, 1, NULL);
        wait_us(pong, FOREVER);
        compute(20 + i);
    }
}

static void decoy_right(void *context)
{
    (void)context;
    for (u32 i = 0; i < 12; i++) {
        wait_us(ping, FOREVER);
        RtlEnterCriticalSection(&decoy_section);
        compute(2);
        RtlLeaveCriticalSection(&decoy_section);
        wait_us(tokens, FOREVER);
        NtSetEvent(pong, NULL);
        compute(25);
    }
}

static bool has_line(const char *text, u32 size, const char *key, const char *value)
{
    for (u32 at = 0; at < size; at++) {
        u32 i = 0, k = 0;
        while (key[k] && at + i < size && text[at + i] == key[k])
            i++, k++;
        if (key[k])
            continue;
        for (k = 0; value[k] && at + i < size && text[at + i] == value[k]; k++)
            i++;
        if (!value[k] && (at + i == size || text[at + i] == '\n'))
            return true;
    }
    return false;
}

static u32 read_settings(char *text, u32 capacity)
{
    struct ansi_string path = {.text = (char *)"game:\\causes.cfg", .length = 16, .capacity = 17};
    u32 attributes[3] = {0xFFFFFFFD, (u32)&path, 0x40};
    u32 io[2] = {0}, file = 0;
    if (NtOpenFile(&file, 0x80100000, (void *)attributes, (void *)io, 1, 0x20))
        return 0;
    NtReadFile(file, 0, NULL, NULL, (void *)io, text, capacity, NULL);
    NtClose(file);
    return io[1];
}

int main(void)
{
    static char text[256];
    u32 size = read_settings(text, sizeof text);
    RtlInitializeCriticalSection(&decoy_section);
    ping = new_event(AUTO);
    pong = new_event(AUTO);
    NtCreateSemaphore(&tokens, NULL, 0, 8);
    u32 left = spawn(decoy_left, NULL, 4, 0), right = spawn(decoy_right, NULL, 5, 0);
    for (u32 i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (has_line(text, size, "cause=", causes[i].name))
            causes[i].run();
    wait_us(left, FOREVER);
    wait_us(right, FOREVER);
    DbgPrint("causes: done\n");
    return 0;
}
