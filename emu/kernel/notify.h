/* SPDX-License-Identifier: BSD-3-Clause
 * Notifications that a title registers: of threads that begin and end, and of its own end. A registration is a
 * structure of the title's, linked into the kernel's list: +0 routine, +4 priority, +8 list entry; those of higher
 * priority come first, equal ones in the order of their registration (UNKNOWN, where it is not of the two that are
 * known to be used). Threads: routine(registration, KTHREAD, created), by the creator before the new thread begins, and
 * by the thread that ends before its APCs are run down. The title's end: routine(), by the thread that ends it. */
#ifndef EMU_KERNEL_NOTIFY_H
#define EMU_KERNEL_NOTIFY_H

#include "emu/kernel/kcall.h"

/* Makes the thread call all routines of the list before it goes on where it is, with r3 = result then. False: there are
 * none. */
bool notify_push(struct engine *e, struct thread *thread, enum notify_list list, u32 second, u32 third, u64 result);
/* The calling thread made the other: its call returns status after the routines, and only then may the other begin. */
void notify_created(struct kcall *k, struct thread *made, u64 status);
/* The thread ends the title, after the routines. Only one does: another that asks meanwhile goes on no more, and the
 * first thread may return without cutting the routines off. */
void notify_title_end(struct engine *e, struct thread *thread, u32 code);

/* Why a title ends that does so by itself: it has launched another, or is over. */
enum end_reason notify_end_reason(const struct machine *m);

/* The trampolines at machine.return_pc call these. */
void notify_on_created(struct engine *e, struct thread *creator);
void notify_on_title_end(struct engine *e, struct thread *thread);

#endif
