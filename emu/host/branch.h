/* SPDX-License-Identifier: BSD-3-Clause
 * A changed run and what it learns from outside: the answers of the journal that it branches off from.
 *
 * As long as the changed run asks what the parent asked, in the same order at the same ticks, it gets the parent's
 * answers one by one. From the first other question on they are repeated, by a rule that needs no host: what is asked
 * once (clock, seed, settings, starting content) is what the parent was told; a pad is in the state that the parent
 * last saw at or before that tick, and not connected if it never looked; the title's own bytes come from the title. So
 * the same changes make the same run wherever it is made. Only content that the parent never asked for has no answer.
 */
#ifndef EMU_HOST_BRANCH_H
#define EMU_HOST_BRANCH_H

#include "emu/host/changes.h"
#include "replay/journal.h"

struct branch;

/* Reads all inputs of the parent. Its own changes are taken over into `changes`, as they were written (NULL: they
 * are left out, but for answers that were forced: those are its inputs). host: for the
 * title's bytes. */
struct branch *branch_create(const char *path, struct journal_reader *parent, const struct nondet_host *host,
                             struct changes *changes, struct err *err);
void branch_destroy(struct branch *b);
/* pads: the host plays them, the parent does not. */
struct nondet_host branch_host(struct branch *b, bool pads);
/* meta parent.path, parent.hash (XXH3-128 of the file), parent.inputs. */
void branch_to_journal(const struct branch *b, struct journal_writer *w);
/* On stderr, one line: how far the parent's answers fit. */
void branch_tell(const struct branch *b);

#endif
