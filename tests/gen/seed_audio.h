/* SPDX-License-Identifier: BSD-3-Clause
 * The investigation of the peer producers: traces of every set and release, and phase-a logs of the same boots. */
#ifndef TESTS_GEN_SEED_AUDIO_H
#define TESTS_GEN_SEED_AUDIO_H

#include "tests/gen/seeds.h"

/* The first releases, the same in both runs: who and when (ns, of the good run). */
enum { BOOT_MAIN, BOOT_HELPER, BOOT_WORKER, BOOT_RELEASES = 15 };
struct boot_release {
    u8 who;
    u32 time;
};
extern const struct boot_release boot_releases[BOOT_RELEASES];

/* How often the other run fires later on. */
enum {
    WORKER_RELEASES = 74,
    WORKER_SETS = 46,
    MAIN_SETS = 5,
    IDLE_SETS = 4,  /* of one idle thread, the last of them without the wrapper */
    FIRST_SETS = 5, /* of the other, likewise */
};

/* The audit log of the good run, the two traces of the other. */
void audio_write_audit(const char *folder);
void audio_write_traces(const char *folder);
/* Both phase-a logs. */
void audio_write_logs(const char *folder);

#endif
