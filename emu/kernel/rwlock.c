/* SPDX-License-Identifier: BSD-3-Clause
 * Locks of many readers or one writer. In guest memory: lock count (-1: free; 0: held, and one for each that waits),
 * waiting writers, waiting readers, readers inside, an auto-reset event for writers, a semaphore for readers. Who comes
 * finds the lock held waits; who leaves lets the readers in if it was a writer, else a writer. */
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

enum {
    LOCK_COUNT = 0x00,
    LOCK_WRITERS_WAIT = 0x04,
    LOCK_READERS_WAIT = 0x08,
    LOCK_READERS = 0x0C,
    LOCK_EVENT = 0x10,
    LOCK_SEMAPHORE = 0x20,
    LOCK_SIZE = 0x38,
    SEMAPHORE_LIMIT = 0x10, /* of the semaphore */
};

struct lock {
    s32 count;
    u32 writers_wait;
    u32 readers_wait;
    u32 readers;
};

/* The title can write there what it likes: counts wrap. */
static s32 add(s32 count, s32 more)
{
    return (s32)((u32)count + (u32)more);
}

static bool load(struct kcall *k, struct lock *lock)
{
    u32 ea = kcall_u32(k, 0);
    if (!memory_is_writable(k->e, ea, LOCK_SIZE)) {
        sync_fault(k, FAULT_WRITE, ea);
        return false;
    }
    lock->count = (s32)memory_get32(k->e, ea + LOCK_COUNT);
    lock->writers_wait = memory_get32(k->e, ea + LOCK_WRITERS_WAIT);
    lock->readers_wait = memory_get32(k->e, ea + LOCK_READERS_WAIT);
    lock->readers = memory_get32(k->e, ea + LOCK_READERS);
    return true;
}

static void store(struct kcall *k, const struct lock *lock)
{
    u32 ea = kcall_u32(k, 0);
    memory_set32(k->e, ea + LOCK_COUNT, (u32)lock->count);
    memory_set32(k->e, ea + LOCK_WRITERS_WAIT, lock->writers_wait);
    memory_set32(k->e, ea + LOCK_READERS_WAIT, lock->readers_wait);
    memory_set32(k->e, ea + LOCK_READERS, lock->readers);
}

u64 xboxkrnl_ExInitializeReadWriteLock(struct kcall *k)
{
    static const struct lock free_lock = {.count = -1};
    struct lock lock;
    u32 ea = kcall_u32(k, 0);
    if (!load(k, &lock))
        return 0;
    store(k, &free_lock);
    sync_header(k->e, ea + LOCK_EVENT, HEADER_EVENT_AUTO, 0);
    object_initialise(k->e, k, ea + LOCK_EVENT, OBJECT_EVENT);
    sync_header(k->e, ea + LOCK_SEMAPHORE, HEADER_SEMAPHORE, 0);
    memory_set32(k->e, ea + LOCK_SEMAPHORE + SEMAPHORE_LIMIT, INT32_MAX);
    object_initialise(k->e, k, ea + LOCK_SEMAPHORE, OBJECT_SEMAPHORE);
    return 0;
}

static u64 wait_at(struct kcall *k, u32 offset, enum object_type type)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0) + offset, type);
    if (!object)
        return 0;
    struct wait_request request = {.objects = {object}, .count = 1, .deadline = TICKS_NEVER};
    return wait_file(k, &request);
}

u64 xboxkrnl_ExAcquireReadWriteLockExclusive(struct kcall *k)
{
    struct lock lock;
    if (!load(k, &lock))
        return 0;
    bool held = lock.count >= 0;
    lock.count = add(lock.count, 1);
    lock.writers_wait += held;
    store(k, &lock);
    return held ? wait_at(k, LOCK_EVENT, OBJECT_EVENT) : 0;
}

/* Readers join readers, unless a writer waits. */
static bool must_wait(const struct lock *lock)
{
    return lock->count >= 0 && (lock->readers == 0 || lock->writers_wait != 0);
}

u64 xboxkrnl_ExAcquireReadWriteLockShared(struct kcall *k)
{
    struct lock lock;
    if (!load(k, &lock))
        return 0;
    bool waits = must_wait(&lock);
    lock.count = add(lock.count, waits || lock.count < 0);
    lock.readers_wait += waits;
    lock.readers += !waits;
    store(k, &lock);
    return waits ? wait_at(k, LOCK_SEMAPHORE, OBJECT_SEMAPHORE) : 0;
}

u64 xboxkrnl_ExTryToAcquireReadWriteLockExclusive(struct kcall *k)
{
    struct lock lock;
    if (!load(k, &lock) || lock.count >= 0)
        return STATUS_UNSUCCESSFUL;
    lock.count = 0;
    store(k, &lock);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_ExTryToAcquireReadWriteLockShared(struct kcall *k)
{
    struct lock lock;
    if (!load(k, &lock) || must_wait(&lock))
        return STATUS_UNSUCCESSFUL;
    lock.count = add(lock.count, lock.count < 0);
    lock.readers++;
    store(k, &lock);
    return STATUS_SUCCESS;
}

static u64 signal(struct kcall *k, u32 offset, enum object_type type, u32 count)
{
    struct object *object = sync_pointer(k, kcall_u32(k, 0) + offset, type);
    if (!object)
        return 0;
    signal_set(k->e, object, add(signal_get(k->e, object), (s32)count));
    wait_signal(k->e, k, object);
    return 0;
}

/* The readers that waited while a writer had it: all of them, who count as one holder from now on. */
static u64 admit_readers(struct kcall *k, struct lock *lock)
{
    u32 readers = lock->readers_wait;
    lock->count = (s32)((u32)lock->count - readers);
    lock->readers = readers;
    lock->readers_wait = 0;
    store(k, lock);
    return signal(k, LOCK_SEMAPHORE, OBJECT_SEMAPHORE, readers);
}

u64 xboxkrnl_ExReleaseReadWriteLock(struct kcall *k)
{
    struct lock lock;
    if (!load(k, &lock) || lock.count < 0)
        return 0;
    bool was_writer = lock.readers == 0;
    if (!was_writer && --lock.readers) {
        store(k, &lock);
        return 0;
    }
    if (was_writer && lock.readers_wait)
        return admit_readers(k, &lock);
    lock.count = add(lock.count, -1);
    if (lock.writers_wait) {
        lock.writers_wait--;
        store(k, &lock);
        return signal(k, LOCK_EVENT, OBJECT_EVENT, 1);
    }
    store(k, &lock);
    return 0;
}
