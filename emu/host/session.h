/* SPDX-License-Identifier: BSD-3-Clause
 * One run of a title on this host: what run, record and replay share. It owns the engine, the gate and the title's
 * bytes; it is the machine's observer, prints what the title prints, and hands every event on to `next` (a journal
 * writer, a verifier). */
#ifndef EMU_HOST_SESSION_H
#define EMU_HOST_SESSION_H

#include "cli/cli.h"
#include "emu/engine.h"
#include "emu/host/answers.h"
#include "emu/host/changes.h"
#include "emu/host/names.h"
#include "emu/host/recent.h"
#include "emu/host/stop.h"
#include "emu/loader/xex.h"
#include "replay/journal.h"

enum { SESSION_LAST_EVENTS = 16 };

/* Files of a disc have one date: the console's launch day, 2005-11-22. */
#define SESSION_DISC_FILETIME 127770912000000000ull

struct session {
    struct engine *engine;
    struct nondet *gate;
    struct answers answers;
    struct nondet_host outside; /* who answers: these answers, or a branch */
    struct changes changes;
    FILE *schedule;        /* for the slices that are not plain; NULL: nobody asked */
    struct branch *branch; /* the run is a parent's, changed; NULL: it is not */
    char title_path[4096]; /* the .xex file or the image, absolute */
    u8 *title;
    size_t title_size;
    char patch_path[4096]; /* "": none */
    u8 *patch;
    size_t patch_size;
    struct xex_keys keys;          /* of --keys */
    struct observer next;          /* emit NULL: nobody else listens */
    struct journal_writer *writer; /* recording: the run stops when it has failed */
    bool hashes_only;              /* --events none: next hears hashes and the end, numbered for themselves */
    bool stop;   /* whoever listens has heard enough: the run ends at the next piece of virtual time */
    bool strict; /* stop at the first unimplemented export: of the journal, as the configuration is */
    bool quiet;
    bool mute;     /* the title's own output is not shown either */
    u64 forwarded; /* events that next heard, when hashes_only */
    char *text;    /* what was interned last: the text of a print event */
    size_t text_capacity;
    u64 started_ms;        /* host time, for progress */
    u64 last_hash;         /* the newest state hash */
    struct names names;    /* of the title's addresses, for reports */
    struct recent *recent; /* made by session_boot */
    struct stop stop_at;
    struct until *piece; /* of the run that is going on */
    struct event last[SESSION_LAST_EVENTS];
    u64 last_count;
};

/* Finds and reads the title: a .xex file, or a folder, disc image or package with default.xex. Its folder or image
 * becomes the disc. */
bool session_open_title(struct session *s, const char *path, struct err *err);
/* Reads the patch that is applied to it; path NULL: none. */
bool session_load_patch(struct session *s, const char *path, struct err *err);
/* Reads --symbols FILE, if it is given: an ELF file, or a linker's map. */
bool session_load_names(struct session *s, const struct cli *cli, struct err *err);
/* Reads --until and --stall-limit. */
bool session_read_stop(struct session *s, const struct cli *cli, struct err *err);
/* Reads the keys of --keys FILE, if it is given. */
bool session_load_keys(struct session *s, const struct cli *cli, struct err *err);
/* Makes the engine with this configuration and boots; the gate must be there. */
bool session_boot(struct session *s, const struct config *config, bool stepping, struct err *err);
/* Runs on until the machine ends or `until` is reached; Ctrl-C and a journal that cannot be written stop it at the next
 * piece of virtual time (the latter as MACHINE_HOST_ERROR, engine->err says why). */
enum machine_result session_run(struct session *s, const struct until *until);
void session_finish(struct session *s);

/* The configuration's rows by name; false: no such row. */
bool config_set(struct config *config, const char *name, u64 value, struct err *err);
u64 config_get(const struct config *config, size_t row, const char **name); /* *name NULL: no more rows */

#endif
