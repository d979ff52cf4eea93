/* SPDX-License-Identifier: BSD-3-Clause
 * Two investigations that users really did, rebuilt: logs in which their numbers come out again, and their mistakes can
 * be found. README.md has the list. */
#ifndef TESTS_GEN_SEEDS_H
#define TESTS_GEN_SEEDS_H

#include "tests/gen/script.h"

/* Each writes its files to the folder. */
void seed_cache(const char *folder);
void seed_audio(const char *folder);

/* A log of a script; returns how many events it has. */
u64 seed_write_log(struct gen_script *script, const char *folder, const char *name);
void seed_write_text(const char *folder, const char *name, const char *text);

#endif
