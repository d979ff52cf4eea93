/* SPDX-License-Identifier: BSD-3-Clause
 * Contended counters: critical sections, spin locks, lists; each would lose counts if two threads were ever in at once.
 */
#include "sync.h"

enum { WORKERS = 6, ROUNDS = 300, NODES = 32 };

static struct section section;
static volatile u32 counter, inside, clashes;

/* Long enough that slices end within. */
static void work(void)
{
    if (inside++)
        clashes++;
    u32 seen = counter;
    for (volatile u32 i = 0; i < 50; i++)
        ;
    counter = seen + 1;
    inside--;
}

static void enter_and_leave(void *context)
{
    (void)context;
    for (u32 i = 0; i < ROUNDS; i++) {
        RtlEnterCriticalSection(&section);
        if (i % 3 == 0)
            RtlEnterCriticalSection(&section);
        work();
        if (i % 3 == 0)
            RtlLeaveCriticalSection(&section);
        RtlLeaveCriticalSection(&section);
    }
}

static void run_workers(void (*start)(void *))
{
    u32 threads[WORKERS];
    counter = inside = clashes = 0;
    for (u32 i = 0; i < WORKERS; i++)
        threads[i] = spawn(start, (void *)i, 1u << i);
    for (u32 i = 0; i < WORKERS; i++)
        check("a worker ended", join(threads[i]) == SUCCESS);
}

/* The header's second byte counts spins by 256; what stood there before does not matter. */
static void check_spin_counts(void)
{
    static const u32 asked[] = {0, 1, 256, 257, 4000, 65281, 0xFFFFFFFF}, kept[] = {0, 1, 1, 2, 16, 255, 255};
    for (u32 i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        memset(&section, 0x5A, sizeof section);
        check("critical section: with a spin count",
              RtlInitializeCriticalSectionAndSpinCount(&section, asked[i]) == SUCCESS &&
                  section.header.bytes[0] == kept[i] && section.header.type == AUTO && section.header.signal == 0);
        check("critical section: it is free", section.locks == -1 && section.recursion == 0 && section.owner == 0 &&
                                                  RtlTryEnterCriticalSection(&section) == 1);
        RtlLeaveCriticalSection(&section);
    }
}

void check_sections(void)
{
    check_spin_counts();
    RtlInitializeCriticalSection(&section);
    run_workers(enter_and_leave);
    check("critical section: one at a time", clashes == 0 && counter == WORKERS * ROUNDS);
    check("critical section: free at the end", section.locks == -1 && section.owner == 0 && section.recursion == 0);
    check("critical section: may be tried", RtlTryEnterCriticalSection(&section) == 1);
    RtlLeaveCriticalSection(&section);
}

static u32 shared_lock[14];
static volatile u32 readers, most_readers, reads;

/* A third of them write. */
static void read_and_write(void *context)
{
    u32 number = (u32)context;
    for (u32 i = 0; i < ROUNDS / 3; i++) {
        if (number % 3 == 0) {
            ExAcquireReadWriteLockExclusive(shared_lock);
            clashes += readers != 0;
            work();
            ExReleaseReadWriteLock(shared_lock);
            continue;
        }
        ExAcquireReadWriteLockShared(shared_lock);
        u32 now = __sync_add_and_fetch(&readers, 1);
        if (now > most_readers)
            most_readers = now;
        clashes += inside != 0;
        for (volatile u32 n = 0; n < 200; n++)
            ;
        __sync_fetch_and_add(&reads, 1);
        __sync_fetch_and_sub(&readers, 1);
        ExReleaseReadWriteLock(shared_lock);
    }
}

void check_read_write_locks(void)
{
    ExInitializeReadWriteLock(shared_lock);
    run_workers(read_and_write);
    check("read-write lock: writers alone", clashes == 0 && counter == 2 * (ROUNDS / 3));
    check("read-write lock: readers together", reads == 4 * (ROUNDS / 3) && most_readers > 1);
    check("read-write lock: free at the end", shared_lock[0] == 0xFFFFFFFF && !shared_lock[1] && !shared_lock[2]);
    check("it may be tried", ExTryToAcquireReadWriteLockShared(shared_lock) == SUCCESS);
    check("by readers together", ExTryToAcquireReadWriteLockShared(shared_lock) == SUCCESS);
    check("not by a writer then", ExTryToAcquireReadWriteLockExclusive(shared_lock) != SUCCESS);
    ExReleaseReadWriteLock(shared_lock);
    ExReleaseReadWriteLock(shared_lock);
    check("but alone", ExTryToAcquireReadWriteLockExclusive(shared_lock) == SUCCESS);
    check("which keeps readers out", ExTryToAcquireReadWriteLockShared(shared_lock) != SUCCESS);
    ExReleaseReadWriteLock(shared_lock);
}

static u32 lock;

static void spin(void *context)
{
    (void)context;
    for (u32 i = 0; i < ROUNDS; i++) {
        u32 irql = KfAcquireSpinLock(&lock);
        work();
        KfReleaseSpinLock(&lock, irql);
    }
}

void check_spin_locks(void)
{
    run_workers(spin);
    check("spin lock: one at a time", clashes == 0 && counter == WORKERS * ROUNDS);
    check("spin lock: free at the end", lock == 0);
}

struct node {
    struct node *next;
    u32 uses;
    u32 busy;
};

static u64 list;
static struct node nodes[NODES];

static void take_and_give_back(void *context)
{
    (void)context;
    for (u32 i = 0; i < ROUNDS; i++) {
        struct node *node = (struct node *)InterlockedPopEntrySList(&list);
        if (!node)
            continue;
        if (node->busy)
            clashes++;
        node->busy = 1;
        node->uses++;
        node->busy = 0;
        InterlockedPushEntrySList(&list, node);
    }
}

void check_lists(void)
{
    for (u32 i = 0; i < NODES; i++)
        InterlockedPushEntrySList(&list, &nodes[i]);
    run_workers(take_and_give_back);
    u32 count = 0, uses = 0;
    for (struct node *n = (struct node *)InterlockedFlushSList(&list); n; n = n->next) {
        count++;
        uses += n->uses;
    }
    check("list: every entry once", count == NODES && uses == WORKERS * ROUNDS && clashes == 0);
}
