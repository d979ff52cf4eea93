/* SPDX-License-Identifier: BSD-3-Clause
 * Where a run is to stop: at a swap, a call or a file (--until), or when it has stalled (--stall-limit). It listens to
 * the events and says when; the run ends at the next slice boundary, so that a recording can be replayed to the same
 * place.
 *
 * Stalled: for that long no frame, file, line of output, new thread or handle, no call from where the thread never
 * called before, no thread woken by another, and all hardware threads almost idle. Timers may fire. */
#ifndef EMU_HOST_STOP_H
#define EMU_HOST_STOP_H

#include "emu/engine.h"

enum stop_kind { STOP_NEVER, STOP_SWAP, STOP_CALL, STOP_FILE };

struct stop {
    enum stop_kind kind;
    char text[256]; /* as the user wrote it */
    char path[256];
    u32 op;
    u64 count; /* how many-th */
    u64 seen;
    bool reached;
    u64 stall_limit; /* ticks; 0: none */
    u64 progress;    /* tick of the last progress */
    u64 progress_instructions;
    bool stalled;
    u8 sites[8192]; /* bits of call sites seen, by hash */
};

/* "swap:N", "call:OP#K" (K is 1 if left out) or "file:PATH"; false: err, and a time or event is none of them. */
bool stop_parse(struct stop *stop, const char *text, struct err *err);
/* text: of the file that an EVENT_file names. */
void stop_hear(struct stop *stop, const struct engine *e, const struct event *event, const char *text);
/* Between two pieces of a run: has it stalled? */
void stop_look(struct stop *stop, const struct engine *e);

#endif
