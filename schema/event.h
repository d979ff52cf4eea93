/* SPDX-License-Identifier: BSD-3-Clause
 * Events: what a run tells about itself. One fixed-size record each, filled by the machine, formatted by nobody until
 * asked. Kinds and fields are the rows of schema/events.def. */
#ifndef SCHEMA_EVENT_H
#define SCHEMA_EVENT_H

#include "schema/base.h"

enum { EVENT_FIELDS_MAX = 12 };

enum event_kind {
#define EVENT(name, id, class, text) EVENT_##name = id,
#define FIELD(event, name, meaning, text)
#include "schema/events.def"
    EVENT_KINDS = 0x40,
};

/* clang-format off */
/* Index of each field in struct event's v[]: F_call_a0 and so on. */
#define EVENT(name, id, class, text)                                                                                   \
    };                                                                                                                 \
    enum event_fields_##name {
#define FIELD(event, name, meaning, text) F_##event##_##name,
enum event_fields_none {
    F_none,
#include "schema/events.def"
};
/* clang-format on */

enum event_class { EVENT_CLASS_KEY, EVENT_CLASS_NOTE, EVENT_CLASS_CHECK };

enum event_meaning {
    MEANING_HEX, /* a plain value, shown in hex */
    MEANING_DEC, /* a count or size, shown in decimal */
    MEANING_BOOL,
    MEANING_ADDR,   /* guest address, shown as function+offset where symbols are there */
    MEANING_STATUS, /* NTSTATUS, shown with its name */
    MEANING_HANDLE, /* guest handle */
    MEANING_HSID,   /* identity by origin, 64 bits: of a handle's object or of a thread (lineage) */
    MEANING_THREAD, /* thread id */
    MEANING_OBJECT, /* enum object_type */
    MEANING_STRING, /* id in the journal's string table, 0 for none */
    MEANING_TICKS,  /* virtual time */
    MEANING_END,    /* enum end_reason */
    MEANING_FAULT,  /* enum fault_kind */
    MEANING_TEXT,   /* text of the event's own, as kept in its block: journal_event_text */
};

/* How a run ends; the number is part of the journal, the exit code of run|record stands in schema/exit.def. */
enum end_reason { END_NONE, END_EXITED, END_LIMIT, END_WEDGED, END_FAULT, END_UNIMPLEMENTED, END_LAUNCHED };

/* Guest faults. */
enum fault_kind {
    FAULT_NONE,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_EXECUTE,
    FAULT_ILLEGAL, /* no such instruction */
    FAULT_PRIVILEGED,
    FAULT_TRAP,
    FAULT_ALIGNMENT,
    FAULT_INSTRUCTION_UNIMPLEMENTED, /* a row of schema/ppc.def without a body */
    FAULT_BUGCHECK,                  /* the title called KeBugCheck and its like */
};

/* What a handle or a dispatcher header stands for. */
enum object_type {
    OBJECT_FREE,
    OBJECT_EVENT, /* manual or auto reset: the guest header tells */
    OBJECT_SEMAPHORE,
    OBJECT_MUTANT,
    OBJECT_TIMER,
    OBJECT_THREAD,
    OBJECT_FILE,
    OBJECT_CRITICAL_SECTION, /* known from the first contended enter */
    OBJECT_SYMBOLIC_LINK,
    OBJECT_MODULE,
    OBJECT_PROCESS,
    OBJECT_OTHER,
    OBJECT_QUEUE,
    OBJECT_IO_COMPLETION,
    OBJECT_DIRECTORY,
};

const char *end_reason_name(enum end_reason reason);
const char *fault_kind_name(enum fault_kind kind);
const char *object_type_name(enum object_type type);

/* An op: which export, or none. 0 is "no op"; else module << 16 | ordinal (schema/export.h). A log of another engine
 * may name what no export is called: OP_FOREIGN | 31 bits of XXH3 over the name, which is the same in every journal. */
enum { OP_FOREIGN = (s32)0x80000000 };
static inline bool op_is_foreign(u32 op)
{
    return op >> 31;
}

struct event {
    u64 time;   /* virtual time, ticks */
    u64 seq;    /* place in the whole run, from 0; set by whoever gathers events */
    u32 thread; /* guest thread id; 0 is the machine itself */
    u32 index;  /* place in that thread's stream, from 0 */
    u32 op;
    u32 lr;
    u8 kind;     /* enum event_kind */
    u8 count;    /* values used in v[] */
    u16 missing; /* a bit for each of them that the source does not tell; its v[] is 0 */
    u8 zero[4];
    u64 v[EVENT_FIELDS_MAX];
};

/* Whether the source tells that value: an event may have fewer values than its kind, and lack some of them. */
static inline bool event_tells(const struct event *e, u32 field)
{
    return field < e->count && !(e->missing >> field & 1);
}

struct event_field {
    const char *name;
    enum event_meaning meaning;
    const char *text;
};

struct event_type {
    const char *name; /* NULL: no such kind */
    enum event_kind kind;
    enum event_class class;
    const char *text;
    u32 field_count;
    struct event_field fields[EVENT_FIELDS_MAX];
};

/* NULL if there is no such kind. */
const struct event_type *event_type(u32 kind);
const struct event_type *event_type_by_name(const char *name);

/* Writes the descriptors as text, one line a kind or field; a journal stores it and so explains itself.
 * Returns the length written, without the final NUL; the text is cut at capacity. */
size_t event_describe_all(char *out, size_t capacity);

#endif
