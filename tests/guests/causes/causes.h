/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share: one planted cause of a wedge each, chosen by cause= in causes.cfg, among threads
 * that do the same kinds of things and are no cause of anything. */
#ifndef CAUSES_H
#define CAUSES_H

#include <stdbool.h>
#include <xboxkrnl.h>

enum { FOREVER = -1, AUTO = 1, MANUAL = 0 };

struct section {
    u32 words[7];
};

/* Runs start(context) on one hardware thread; priority: 0 is the default. */
u32 spawn(void (*start)(void *), void *context, u32 hw, s32 priority);
u32 wait_us(u32 object, s64 us); /* FOREVER: without end */
void sleep_us(s64 us);
u32 new_event(u32 type);
/* About so many microseconds of computing. */
void compute(u32 us);

/* Keeps a call from becoming a jump, so that it has a return address of its own. */
#define STAY __asm__ volatile("")

/* Each returns when all of its threads are done, which they are not when its cause strikes. */
void lost_wakeup(void);
void lock_order(void);
void auto_reset(void);
void semaphore_limit(void);
void priority(void);
void cached_file(void);
void pad_input(void);
void weekday(void);
void timeout(void);
void checksum(void);

#endif
