/* SPDX-License-Identifier: BSD-3-Clause
 * Numbers for strings: same text, same id, counted from 1 in order of first use. */
#ifndef REPLAY_INTERN_H
#define REPLAY_INTERN_H

#include "schema/base.h"

struct intern;

struct intern *intern_create(void);
void intern_destroy(struct intern *table);
/* *is_new tells whether the text was not there before. */
u32 intern_id(struct intern *table, const char *text, size_t size, bool *is_new);
/* 0: the text is not there. */
u32 intern_find(const struct intern *table, const char *text, size_t size);
u32 intern_count(const struct intern *table);

#endif
