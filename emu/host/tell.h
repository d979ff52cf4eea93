/* SPDX-License-Identifier: BSD-3-Clause
 * What certain kernel calls gave, as changes for another run: a line
 *     amend OP#K@THREAD=RESULT,ARGUMENT=HEX...
 * for each, with all bytes that its out arguments hold when it returns. */
#ifndef EMU_HOST_TELL_H
#define EMU_HOST_TELL_H

#include "cli/cli.h"
#include "emu/engine.h"

enum { TELL_MAX = 64 };

struct tell {
    FILE *out;
    u32 count;
    struct {
        char text[96]; /* "OP#K@THREAD", as it was asked for */
        u32 op, thread;
        u64 number, seen;
        bool open; /* called, not yet returned from */
        u32 caller;
    } calls[TELL_MAX];
};

/* --tell and --tell-to of the command line. */
bool tell_read(struct tell *tell, const struct cli *cli, struct err *err);
bool tell_finish(struct tell *tell, struct err *err);
/* The machine stands where the event was told: arguments are still in their registers. */
void tell_hear(struct tell *tell, struct engine *e, const struct event *event);

#endif
