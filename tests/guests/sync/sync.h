/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share: the kernel's structures, checks, and threads that are joined. */
#ifndef SYNC_H
#define SYNC_H

#include <xboxkrnl.h>

enum {
    SUCCESS = 0,
    ABANDONED = 0x80,
    USER_APC = 0xC0,
    ALERTED = 0x101,
    TIMEOUT = 0x102,
    MANUAL = 0,
    AUTO = 1,
    ALL = 0,
    ANY = 1,
    USER = 1,
    SUSPENDED = 1,
};

struct header {
    u8 type;
    u8 bytes[3];
    s32 signal;
    u32 list[2];
};

struct section {
    struct header header;
    s32 locks;
    s32 recursion;
    u32 owner;
};

/* The verdict of one check; the exit code counts those that failed. */
void check(const char *name, int good);

/* What happened in which order; a check begins with traced = 0. Further values are counted alone. */
enum { TRACE = 12 };
extern volatile u32 trace[TRACE], traced;
void trace_add(u32 value);

/* The KTHREAD of a thread, with a reference. */
void *pointer_of(u32 thread);
/* Runs start(context) on the hardware threads of mask (0: this one) and returns its handle; join waits for its end. */
u32 spawn(void (*start)(void *), void *context, u32 hw_mask);
u32 join(u32 thread);
u32 wait_ms(u32 object, s64 ms); /* negative ms: for ever */
void sleep_ms(s64 ms);
u32 new_event(u32 type, u32 state);
u32 new_semaphore(s32 count, s32 limit);

void check_events(void);
void check_semaphores(void);
void check_mutants(void);
void check_multiple(void);
void check_timers(void);
void check_apcs(void);
void check_sections(void);
void check_read_write_locks(void);
void check_spin_locks(void);
void check_lists(void);
void check_tls(void);
void check_threads(void);
void check_pointers(void);
void check_queues(void);
void check_alerts(void);
void check_kernel_apcs(void);
void check_irql(void);
void check_device_queues(void);
void check_notifications(void);
void check_fibers(void);
void check_objects(void);

#endif
