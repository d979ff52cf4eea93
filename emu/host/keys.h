/* SPDX-License-Identifier: BSD-3-Clause
 * The user's file of keys for encrypted titles: text, a key of 32 hex digits a line; empty lines and lines that begin
 * with # are comments. At most 8 keys. No key but the development key (all zero) is known here, and none goes into a
 * journal: the title's hash is enough to know the title again. */
#ifndef EMU_HOST_KEYS_H
#define EMU_HOST_KEYS_H

#include "emu/loader/xex.h"

bool keys_load(const char *path, struct xex_keys *keys, struct err *err);

#endif
