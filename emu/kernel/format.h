/* SPDX-License-Identifier: BSD-3-Clause
 * The printf engine of the kernel's run-time library: its own conversions, the same on every host. Arguments are the
 * console's: 8-byte slots, doubles as their bits. As the console's library has it: exponents of at least three digits,
 * halves away from zero, "1.#INF" and its like, %S and %ls for the other width of character, %I64d. Widths and
 * precisions end at FORMAT_FIELD_MAX, and a string without an end within FORMAT_TEXT_MAX counts as unreadable. */
#ifndef EMU_KERNEL_FORMAT_H
#define EMU_KERNEL_FORMAT_H

#include "emu/kernel/kcall.h"

enum { FORMAT_FIELD_MAX = 4096, FORMAT_DOUBLE_MAX = 1536, FORMAT_TEXT_MAX = 1 << 20 };

struct format {
    struct engine *e;
    const struct kcall *k; /* arguments of this call from `next` on, or (NULL) a list of slots in memory at `list` */
    u32 next;
    u32 list;
    bool wide; /* format and output have 16-bit characters */
    void *context;
    void (*put)(void *context, u16 c);
    u32 length; /* characters put */
};

/* Runs the format string at `text`. False: it, or a string that it points to, cannot be read; what came before was put.
 */
bool format_run(struct format *f, u32 text);

/* One double as text (no sign for positive numbers, no padding): conversion is one of "eEfFgG". Returns the length. */
u32 format_double(u64 bits, char conversion, u32 precision, bool alternate,
                  char out[FORMAT_DOUBLE_MAX + FORMAT_FIELD_MAX]);

#endif
