/* SPDX-License-Identifier: BSD-3-Clause
 * Rules: what the names in a foreign log mean. Each format has a file of its own under rules/, built into the program;
 * a user's file (--map) adds to it and overrides it. One statement a line, words apart by blanks, # begins a comment, a
 * \ at its end makes it go on in the next line.
 *
 *   event WORD KIND                 lines of this kind are that event (a name of schema/events.def); `event * KIND` is
 *                                   for lines that name no kind. Kinds without a statement become `foreign`.
 *   value KIND PATH ROLE [HOW]      in events of KIND (* for all), the value at PATH (keys joined by dots; KEY[] for an
 *                                   array's elements, KEY.* for any key) has this role:
 *                                     kind thread index time op lr module ordinal probe engine
 *                                     argument         the argument of the op that has the key's name; `handle`: its
 *                                                      first handle, or what its first argument points to
 *                                     a field's name   of KIND's row in schema/events.def; NAME* for NAME0 and the next
 *                                     skip             none, it stays as it is
 *                                   HOW: low32, deadline, as-is (else it follows from what the field means).
 *   word KIND PATH WORD MEANING     when that value is WORD: `declared`, or FIELD=NUMBER
 *   object WORD TYPE                how the log names types of objects (a name of enum object_type)
 *   op SPELLING NAME                one op under two names
 *   probe PC NAME                   a probe at this address tells of that op
 *   clock NAME UNITS_A_SECOND [QUANTUM]
 *   coverage KEY WORD...            what was captured: keys and words as in diff/coverage.h. Two more for `ops`:
 * `seen`, only those that occur or that a probe statement names; `unless-unseen NAME...`, all but those among the named
 * ones that do not occur. */
#ifndef DIFF_IMPORT_RULES_H
#define DIFF_IMPORT_RULES_H

#include "diff/coverage.h"
#include "diff/import.h"
#include "diff/import_table.h"
#include "schema/export.h"

struct import_rules;

enum import_role {
    ROLE_NONE, /* no rule */
    ROLE_SKIP,
    ROLE_KIND,
    ROLE_THREAD,
    ROLE_INDEX,
    ROLE_TIME,
    ROLE_OP,
    ROLE_LR,
    ROLE_MODULE,
    ROLE_ORDINAL,
    ROLE_PROBE,
    ROLE_ENGINE,
    ROLE_ARGUMENT,
    ROLE_VALUE,
};

struct import_use {
    u8 role;      /* enum import_role */
    u8 value;     /* ROLE_VALUE: which of the event's */
    u8 transform; /* enum import_transform */
    bool is_list; /* the n-th element is the n-th value from there on */
};

struct import_path_rules {
    u64 path;
    bool names; /* in some kind it is an op, an LR or whatever else says what the event is */
    u64 words;  /* a bit (import_word_bit) for each word that means something there; none: no word does */
    struct import_use use[EVENT_KINDS]; /* [0]: in all kinds */
};

struct import_word {
    u64 key; /* of path and word */
    u8 kind; /* 0: all */
    u8 value;
    bool declared;
    u64 number;
};

static inline u64 import_word_bit(const char *word, size_t size)
{
    return (u64)1 << ((size ? (u8)*word : 0) + 8 * size) % 64;
}

struct import_clock {
    char name[16];
    u64 hz, quantum;
};

struct import_rules *import_rules_create(void);
void import_rules_destroy(struct import_rules *rules);
/* Adds a file's statements. False: err names the file, the line and what is wrong. */
bool import_rules_read(struct import_rules *rules, const char *name, const char *text, size_t size, struct err *err);
bool import_rules_load(struct import_rules *rules, const char *path, struct err *err);

/* Over all that was read. */
u64 import_rules_hash(const struct import_rules *rules);

/* NULL: no rule for the path, nor one for any key of its parent. */
const struct import_path_rules *import_rules_path(struct import_rules *rules, u64 path, u64 parent);
/* What a word at a path means in an event of that kind; NULL: nothing. */
const struct import_word *import_rules_word(const struct import_rules *rules, u64 path, u8 kind, const char *word,
                                            size_t size);
/* enum event_kind of a line's kind; 0: no statement. */
u8 import_rules_event(const struct import_rules *rules, const char *word, size_t size);
u8 import_rules_default(const struct import_rules *rules);
/* enum object_type, or OBJECT_FREE: no statement. */
u8 import_rules_object(const struct import_rules *rules, const char *word, size_t size);
/* An op by any spelling: an export's op, or OP_FOREIGN with a hash of the name, which is noted. */
u32 import_op(struct import_rules *rules, const char *name, size_t size);
/* The same for a word that may be none: 0 unless it is an export or a spelling of one. */
u32 import_known_op(struct import_rules *rules, const char *name, size_t size);
/* The op that a probe at this address tells of; without a statement it is named after the address. */
u32 import_probe(struct import_rules *rules, u32 pc);
const struct import_clock *import_rules_clock(const struct import_rules *rules);

/* Ops that import_op met, in order of first use, as many as IMPORT_OPS_MAX. */
enum { IMPORT_OPS_MAX = 16384 };
struct import_op_name {
    u32 op;
    const char *name; /* as the log spelt it first */
};
size_t import_rules_op_count(const struct import_rules *rules);
const struct import_op_name *import_rules_op(const struct import_rules *rules, size_t i);
/* As if it had been met. */
void import_rules_add_op(struct import_rules *rules, u32 op, const char *name, size_t size);

/* The engine that the log names; the first one counts. "": none. */
void import_rules_note_engine(struct import_rules *rules, const char *name, size_t size);
const char *import_rules_engine(const struct import_rules *rules);

/* What the log captured, once it has been read; called: the ops that occurred (op + 1 as keys). The rules own it. */
struct coverage *import_rules_coverage(struct import_rules *rules, const struct import_table *called);

#endif
