/* SPDX-License-Identifier: BSD-3-Clause
 * What sets and releases: events, semaphores, mutants. Each returns the previous state as NT does. */
#ifndef EMU_KERNEL_EVENT_H
#define EMU_KERNEL_EVENT_H

#include "emu/kernel/object.h"

s32 event_set(struct kcall *k, struct object *event);
s32 event_reset(struct kcall *k, struct object *event);
/* STATUS_SEMAPHORE_LIMIT_EXCEEDED, or *previous is set. */
u32 semaphore_release(struct kcall *k, struct object *semaphore, s32 count, s32 *previous);
/* STATUS_MUTANT_NOT_OWNED, or *previous is set. */
u32 mutant_release(struct kcall *k, struct object *mutant, bool abandon, s32 *previous);
/* A thread ended: mutants it owns are abandoned. */
void mutant_forget_thread(struct engine *e, const struct kcall *k, const struct thread *thread);

#endif
