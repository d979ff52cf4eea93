/* SPDX-License-Identifier: BSD-3-Clause
 * The objects of a run, what they were called, and who signalled them.
 *
 * An object is told apart by its hsid, or (where the source names dispatcher objects by address only) by its address. A
 * handle is only its name for a while: the same number stands for another object later, and several stand for one. A
 * thread's object has the thread as its target.
 *
 * A foreign log that does not tell the arguments of calls leaves it open which object NtSetEvent signalled
 * (objects_signal.object is OBJECTS_NONE) and whose duplicate a handle is (alias.how is ALIAS_DUPLICATE_OF_UNKNOWN, and
 * the object stands alone). */
#ifndef DIFF_OBJECTS_H
#define DIFF_OBJECTS_H

#include "diff/run.h"

#define OBJECTS_NONE UINT32_MAX

struct object {
    u64 hsid;     /* 0: known by its address only */
    bool is_twin; /* another object has the same hsid: the source names by site alone */
    u8 type;      /* enum object_type; OBJECT_OTHER: not told */
    u32 name;     /* in the journal's strings, 0: none */
    u32 place;    /* of the thread that made it; UINT32_MAX: its birth is not in the journal */
    u64 position; /* of the event that tells its birth */
    u64 seq, time;
    u32 op, lr;  /* birth site: the call that made it */
    u32 ordinal; /* how many-th that thread made there, from 0 */
    u32 target;  /* a thread's object: the thread's place; else UINT32_MAX */
    u32 first_alias, alias_count;
    u64 end_seq, end_time; /* its last handle was closed; UINT64_MAX: never */
    u32 first_signal, signal_count;
    u64 wait_count; /* waits on it; 0 before waits_make */
};

enum alias_how {
    ALIAS_CREATED,
    ALIAS_OPENED,
    ALIAS_DUPLICATED,
    ALIAS_DUPLICATE_OF_UNKNOWN,
    ALIAS_REFERENCED,
    ALIAS_ADDRESS
};

/* A handle, or an address, that stood for an object for a while. */
struct object_alias {
    u32 object;
    u8 how;    /* enum alias_how */
    u64 value; /* the handle or address; 0: not told */
    u64 hsid;  /* its own, where the source gives duplicates one */
    u32 place; /* who made it, and where */
    u64 position;
    u64 from_seq, to_seq; /* to_seq UINT64_MAX: open at the end */
    u64 from_time, to_time;
};

/* A producer's fire: set, pulse, release, the end of a thread (on its object), the expiry of a timer. */
struct object_signal {
    u32 object; /* OBJECTS_NONE: not told which */
    u32 place;
    u32 site;
    u8 role; /* enum role: SET, PULSE, RELEASE, SIGNAL_AND_WAIT, EXIT, ARM (a timer's expiry) */
    u64 position, seq, time;
};

struct objects {
    struct run *run;
    struct object *rows; /* in order of birth */
    u32 count;
    struct object_alias *aliases; /* by object, in order of time */
    u32 alias_count;
    struct object_signal *signals; /* by object, in order of seq; those of OBJECTS_NONE last */
    u32 signal_count;
    u32 *in_order; /* places in signals, in order of the run */
    struct objects_index *index;
};

/* Looks at the events that make, name, close and signal objects, no others. False: damage. */
bool objects_make(struct objects *objects, struct run *run, struct err *err);
void objects_free(struct objects *objects);

/* OBJECTS_NONE if there is none. */
u32 objects_by_hsid(const struct objects *objects, u64 hsid);
/* What a handle (or an address) stood for just before the event `seq`; UINT64_MAX: at the end. */
u32 objects_by_handle(const struct objects *objects, u64 handle, u64 seq);
/* The thread's object. */
u32 objects_by_thread(const struct objects *objects, u32 place);

/* The last signal of the object before seq; UINT32_MAX: none. Object OBJECTS_NONE: of those not told. *hint: any
 * number, then the answer; from the answer for a place shortly before, it is found at once. */
u32 objects_last_signal(const struct objects *objects, u32 object, u64 seq, u32 *hint);
/* Signals whose object is not told: while there are any, "never signalled" is uncertain. */
u32 objects_unknown_signals(const struct objects *objects);
/* Without ends of threads: what such a one signals is the thread, whose object needs no capture. */
u32 objects_untold_signals(const struct objects *objects);
/* Where it lies, of an object that the source names by address; 0: not told. */
u32 objects_address(const struct objects *objects, u32 object);
/* Different threads that signalled it. */
u32 objects_signal_threads(const struct objects *objects, u32 object);

/* Made at the same site, whoever did it; where a log does not tell from where a call came, none are. */
bool objects_are_siblings(const struct object *x, const struct object *y);

const char *alias_how_name(u8 how);

#endif
