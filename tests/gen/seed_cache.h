/* SPDX-License-Identifier: BSD-3-Clause
 * The investigation of the cache loader: a good run (canary) and one that wedges (ours). */
#ifndef TESTS_GEN_SEED_CACHE_H
#define TESTS_GEN_SEED_CACHE_H

#include "tests/gen/seeds.h"

enum { CACHE_IDLE = 9, CACHE_ROUNDS = 9, CACHE_JOBS = 15 };

/* Call sites. */
#define SITE_SPAWN     0x822F1C40
#define SITE_RESUME    0x822F1C6C
#define SITE_MAIN      0x822F1AA8
#define SITE_WAIT      0x824AA1C4
#define SITE_SET       0x824AA304
#define SITE_RELEASE   0x824AB168
#define SITE_CLOSE     0x824AA0D8
#define SITE_CREATE    0x824A9F10
#define SITE_DUPLICATE 0x824AA27C
#define SITE_WORKER    0x82450B68
#define SITE_READER    0x82450218
#define SITE_FINISHER  0x82178200
#define SITE_LOADER    0x821CB030

struct cache_run {
    struct gen_script script;
    bool is_ours;
    struct gen_lane *main, *loader, *worker, *reader, *finisher, *idle[CACHE_IDLE];
    struct gen_named loader_thread, queue, done, reader_queue, work, fetched;
    u32 idle_events; /* of the last idle thread */
};

/* What the loader does, from its first event to its last. */
void cache_loader(struct cache_run *run);
/* The loader has released the work semaphore: the finisher takes it, waits until the reader has fetched, and sets the
 * loader's event. Returns when. */
u64 cache_answer(struct cache_run *run, struct gen_named event);

#endif
