/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel calls for scripts/bench, as a title: CALLS is calls_section (enter and leave a critical section that nobody
 * else wants) or calls_event (two threads set an event and wait for the other's, in turn); ROUNDS, how often. */
#include <xboxkrnl.h>

enum { AUTO = 1, USER = 1 };

static u32 section[7], ping, pong;

void calls_section(u32 rounds);
void calls_event(u32 rounds);

void calls_section(u32 rounds)
{
    RtlInitializeCriticalSection(section);
    for (u32 i = 0; i < rounds; i++) {
        RtlEnterCriticalSection(section);
        RtlLeaveCriticalSection(section);
    }
}

static void answer(void *rounds)
{
    for (u32 i = 0; i < (u32)rounds; i++) {
        NtWaitForSingleObjectEx(ping, USER, 0, NULL);
        NtSetEvent(pong, NULL);
    }
}

void calls_event(u32 rounds)
{
    u32 thread;
    NtCreateEvent(&ping, NULL, AUTO, 0);
    NtCreateEvent(&pong, NULL, AUTO, 0);
    ExCreateThread(&thread, 0x10000, NULL, NULL, (void *)answer, (void *)rounds, 1u << 24);
    for (u32 i = 0; i < rounds; i++) {
        NtSetEvent(ping, NULL);
        NtWaitForSingleObjectEx(pong, USER, 0, NULL);
    }
    NtWaitForSingleObjectEx(thread, USER, 0, NULL);
}

int main(void)
{
    CALLS(ROUNDS);
    return 0;
}
