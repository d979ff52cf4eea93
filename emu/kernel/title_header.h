/* SPDX-License-Identifier: BSD-3-Clause
 * The guest's copy of an executable's header, which titles and the kernel look things up in. */
#ifndef EMU_KERNEL_TITLE_HEADER_H
#define EMU_KERNEL_TITLE_HEADER_H

#include "emu/engine.h"

struct kcall;

enum title_header_keys {
    HEADER_KEY_RESOURCES = 0x000002FF,
    HEADER_KEY_SYSTEM_FLAGS = 0x00030000,
    HEADER_KEY_EXECUTION_INFO = 0x00040006,
    HEADER_KEY_EXPORTS_BY_NAME = 0x00E10402,
    HEADER_SECURITY_AT = 0x10, /* the offset of the security info stands there */
    SECURITY_EXPORTS = 0x160,  /* in the security info: address of the exports by ordinal */
    HEADER_FLAGS_STEP = 0x100, /* from one header of flags to the next 32 */
    HEADER_FLAGS_COUNT = 3,
};

/* An optional header as RtlImageXexHeaderField gives it: the value itself (key ends in 00), its address (01), or the
 * address of its data; 0: the header has none. Whatever a title has written there: no more entries are read than a
 * header holds. */
u32 title_header_field(struct engine *e, u32 header, u32 key);

/* The handle of the title or of a module of the kernel by its name; 0: neither is called so. */
u32 xex_own_module(const struct machine *m, const char *name);
/* Whether a handle is one of theirs. */
bool xex_is_own(const struct kcall *k, u32 handle);

#endif
