/* SPDX-License-Identifier: BSD-3-Clause
 * Frames of guest functions, as their images' exception tables (.pdata) describe them: found by address, and undone.
 *
 * A row of the table is two words: where the function begins, and
 *     bits 0-7 instructions of its prologue, 8-29 of all of it, 30 set (32-bit instructions), 31 it has a handler.
 * A handler's address and its data stand in the two words before the function. There is no other unwind information:
 * the prologue itself is read to see what it saved and where. Functions without a row are leaves, which changed neither
 * r1 nor LR. */
#ifndef EMU_KERNEL_UNWIND_H
#define EMU_KERNEL_UNWIND_H

#include "emu/engine.h"

enum { FUNCTION_ROW = 8 };

struct function {
    u32 row; /* guest address of its row; 0: it has none */
    u32 begin;
    u32 size;     /* bytes */
    u32 prologue; /* bytes */
    u32 handler;  /* 0: none */
    u32 data;
};

/* The function that the address is in; false (and *f zero): no image has a row for it. */
bool unwind_find(struct engine *e, u32 pc, struct function *f);
/* Is the address behind the function's prologue? */
bool unwind_is_in_body(const struct function *f, u32 pc);
/* Undoes the frame of f that c is in, at the instruction `pc`: c becomes the caller's, behind its call. *establisher is
 * what r1 was where the function began. False: the stack cannot be read. */
bool unwind_step(struct engine *e, struct ppc *c, u32 pc, const struct function *f, u32 *establisher);

#endif
