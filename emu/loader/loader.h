/* SPDX-License-Identifier: BSD-3-Clause
 * Loading a title: XEX2 bytes to image, imports, TLS and machine.title. Source of the format's facts: the comments in
 * xex.h. Every length and offset of the file is checked; a bad file is an err that names the place. */
#ifndef EMU_LOADER_LOADER_H
#define EMU_LOADER_LOADER_H

#include "emu/engine.h"
#include "emu/loader/xex.h"

/* Loads the file's image into guest memory, sets page protection, resolves imports, fills machine.title. Hash
 * mismatches are warnings (engine_note). Comes after variable_init: imported variables have their addresses then.
 *
 * A thunk becomes `sc 2; blr; op; nop`: the kernel call's op stands 4 bytes behind the pc that follows the sc. */
bool loader_load(struct engine *e, const u8 *file, size_t size, struct err *err);

/* The same with further keys for encrypted titles; keys may be NULL. */
bool loader_load_keys(struct engine *e, const u8 *file, size_t size, const struct xex_keys *keys, struct err *err);

/* The optional header `key` of the title in guest memory, as RtlImageXexHeaderField gives it: the value itself, or the
 * address of what it points to in the guest's copy of the header. 0: there is none. */
u32 loader_header_field(struct engine *e, u32 key);

/* What imports get that lead nowhere: names module and ordinal, and faults when used. */
static inline u32 loader_poison(u32 op)
{
    return 0xFFF00000u | (op & 0xFFFFF);
}

/* One of loader_load's steps: fills the import records of the image in guest memory. */
bool loader_import(struct engine *e, const struct xex *x, const struct xex_image *image, struct err *err);

#endif
