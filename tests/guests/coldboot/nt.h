/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel's structures as this title uses them, and shorthands for calls with many arguments. All are inlined, so
 * that each use has a return address of its own. */
#ifndef NT_H
#define NT_H

#include <stdbool.h>
#include <stddef.h>
#include <xboxkrnl.h>

typedef u32 HANDLE;

enum {
    FILE_OPEN = 1,
    FILE_OVERWRITE_IF = 5,
    FILE_SYNCHRONOUS = 0x20,
    FILE_NOT_DIRECTORY = 0x40,
    SHARE_READ = 1,
    ATTRIBUTE_NORMAL = 0x80,
    OBJECT_CASELESS = 0x40,
    EVENT_NOTIFICATION = 0,
    EVENT_SYNCHRONIZATION = 1,
    TIMER_SYNCHRONIZATION = 1,
    WAIT_ALL = 0,
    WAIT_ANY = 1,
    REASON_EXECUTIVE = 0,
    REASON_USER = 6,
    MODE_KERNEL = 0,
    MODE_USER = 1,
    THREAD_CREATE_SUSPENDED = 1,
    MEMORY_COMMIT = 0x1000,
    MEMORY_RESERVE = 0x2000,
    PAGE_READ_WRITE = 4,
};

#define ACCESS_READ  0x80100080u /* generic read, synchronize, read attributes */
#define ACCESS_WRITE 0x40100080u

struct file_information {
    u64 times[4];
    u64 allocated;
    u64 size;
    u32 attributes;
    u32 zero;
};

/* Dispatcher objects in the title's own memory; the kernel writes them, only their sizes matter here. */
struct dispatcher {
    u8 type;
    u8 bytes[3];
    s32 signal;
    u32 list[2];
};
struct event {
    struct dispatcher header;
};
struct semaphore {
    struct dispatcher header;
    s32 limit;
};
struct timer {
    struct dispatcher header;
    u64 due;
    u32 list[2];
    u32 dpc;
    u32 period;
};
struct critical_section {
    struct dispatcher header;
    s32 lock_count;
    s32 recursion;
    u32 owner;
};

static inline __attribute__((always_inline)) void name_file(struct object_attributes *object, struct ansi_string *name,
                                                            const char *path)
{
    RtlInitAnsiString(name, path);
    object->root = 0;
    object->name = name;
    object->attributes = OBJECT_CASELESS;
}

static inline __attribute__((always_inline)) HANDLE event_create(u32 type)
{
    HANDLE event = 0;
    NtCreateEvent(&event, NULL, type, 0);
    return event;
}

static inline __attribute__((always_inline)) u32 wait_for(HANDLE object)
{
    return NtWaitForSingleObjectEx(object, MODE_USER, 0, NULL);
}

/* 100 ns units to the future are negative. */
static inline __attribute__((always_inline)) void sleep_100ns(s64 units)
{
    s64 interval = -units;
    KeDelayExecutionThread(MODE_KERNEL, 0, &interval);
}

static inline __attribute__((always_inline)) HANDLE thread_create(void (*start)(void *), void *context, u32 stack,
                                                                  u32 hw_mask)
{
    HANDLE thread = 0;
    u32 id = 0;
    ExCreateThread(&thread, stack, &id, NULL, (void *)(size_t)start, context, hw_mask << 24 | THREAD_CREATE_SUSPENDED);
    return thread;
}

#endif
