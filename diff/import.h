/* SPDX-License-Identifier: BSD-3-Clause
 * Importing a log of another engine: what a format's parser tells of one line.
 *
 * A parser reads a line and fills a record: which event it is, and which bytes of the line are *fields*: values that
 * vary from line to line. Everything else is the line's *template*, kept once for all lines that share it. So a line is
 * stored as its template and its fields, from which export gives back its bytes exactly, and the event's values are
 * worked out from the same fields when somebody asks.
 *
 * What names or classifies (an op, an LR, a kind, true and false, an object's type) is no field: it stays in the
 * template, and the parser puts its meaning into the record's head or constants. Numbers, handles, identities, statuses
 * and paths are fields. Fields are in order of place and do not overlap. */
#ifndef DIFF_IMPORT_H
#define DIFF_IMPORT_H

#include "schema/event.h"

enum { IMPORT_FIELDS_MAX = 24 };

enum import_form {
    IMPORT_DEC,  /* -?digits, at most 64 bits; a field that is not canonical (leading zeros) is IMPORT_TEXT instead */
    IMPORT_HEX,  /* digits only, the 0x belongs to the template; at most 16, all of one case */
    IMPORT_TEXT, /* any bytes but a line's end */
};

enum import_target {
    IMPORT_KEEP, /* for the original only */
    IMPORT_THREAD,
    IMPORT_INDEX,
    IMPORT_TIME,
    IMPORT_VALUE, /* v[value] */
};

enum import_transform {
    IMPORT_AS_IS,    /* a text becomes its id in the journal's strings */
    IMPORT_LOW32,    /* the low 32 bits: a status that was sign-extended */
    IMPORT_DEADLINE, /* a relative time-out: the event's time + it, or never (UINT64_MAX) if it is negative */
    IMPORT_UNESCAPE, /* a text inside JSON's quotes: its escapes are undone first (import_json_unescape) */
};

struct import_field {
    u32 at, size; /* bytes of the line */
    u8 form;      /* enum import_form */
    u8 target;    /* enum import_target */
    u8 value;     /* with IMPORT_VALUE: which */
    u8 transform; /* enum import_transform */
    bool is_read; /* decimal, or hex without upper case, and `number` is it; false: still to be read */
    u64 number;
};

struct import_record {
    u8 kind; /* enum event_kind; 0: not recognised, the whole line is kept as one of class `line` */
    u8 count;
    u16 missing;
    bool declared;                  /* the source says that it is not deterministic */
    bool has_thread;                /* else the event belongs to thread `thread` */
    u32 thread;                     /* the thread of a line that names none, 0: the log itself */
    u32 op, lr;                     /* op: an export's, or from import_op */
    const char *class;              /* of an EVENT_line: "blank", "continuation", "unrecognised", ...; a literal */
    u64 constant[EVENT_FIELDS_MAX]; /* values that no field gives */
    u32 field_count;
    struct import_field fields[IMPORT_FIELDS_MAX];
};

#endif
