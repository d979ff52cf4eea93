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

/* What a title is made of. */
struct loader_files {
    const u8 *title;
    size_t title_size;
    const u8 *patch; /* .xexp that is applied to it; NULL: none */
    size_t patch_size;
    const char *patch_name;      /* for messages */
    const struct xex_keys *keys; /* further keys to try, also on libraries; NULL: none */
};
bool loader_load_files(struct engine *e, const struct loader_files *files, struct err *err);

/* What imports get that lead nowhere: names module and ordinal, and faults when used. */
static inline u32 loader_poison(u32 op)
{
    return 0xFFF00000u | (op & 0xFFFFF);
}

/* Steps of loading a title or a library. The image, a copy of its header and a loader entry go into guest memory.
 * Those that can fail give a status, as the console's kernel does, and err says why. */
u32 loader_place(struct engine *e, const struct xex *x, const struct xex_image *image, const char *name, u32 *header,
                 u32 *module, struct err *err);
void loader_remove(struct engine *e, u32 image_base, u32 image_size, u32 header, u32 module);
/* Fills the import records of the image in guest memory; loads libraries that it needs. *libraries: bit mask of those
 * that it imports from. */
u32 loader_import(struct engine *e, const struct xex *x, const struct xex_image *image, u32 *libraries,
                  struct err *err);

#endif
