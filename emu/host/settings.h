/* SPDX-License-Identifier: BSD-3-Clause
 * What the user chose for a run: from the command line (run, record) or from a journal's meta (replay). */
#ifndef EMU_HOST_SETTINGS_H
#define EMU_HOST_SETTINGS_H

#include "emu/host/session.h"

/* Reads --chaos and --set into config; false: usage error. */
bool settings_config(const struct cli *cli, struct config *config, struct err *err);
/* Fills the answers from --seed, --boot-time, --language, --pads, --cache, --cold. The host's clock and random source
 * are asked here, and only for what the user left open. Opens what --mount names. *usage: the error is the user's. */
bool settings_answers(const struct cli *cli, struct answers *answers, bool *usage, struct err *err);
/* Saves the writable partitions' content into --cache DIR: what is not there any more is removed. */
bool settings_save_partitions(struct engine *e, const char *cache, struct err *err);

/* XXH3-128 of a file, in hex, as journals have it. */
void settings_hash(char hash[33], const void *bytes, size_t size);
/* Writes and reads what a replay needs to know beside the inputs. */
void settings_to_journal(struct journal_writer *w, const struct session *s, const struct config *config);
bool settings_from_journal(const struct journal_reader *r, struct config *config, bool *strict, struct err *err);
/* Opens the mounts of a recording; --mount tells where one is that moved. */
bool settings_mounts_from_journal(const struct journal_reader *r, const struct cli *cli, struct answers *answers,
                                  struct err *err);

#endif
