/* SPDX-License-Identifier: BSD-3-Clause
 * What a kernel call does to objects and files (schema/role.def). */
#ifndef SCHEMA_ROLE_H
#define SCHEMA_ROLE_H

#include "schema/base.h"

enum role {
    ROLE_NONE,
    ROLE_SET,
    ROLE_PULSE,
    ROLE_RELEASE,
    ROLE_SIGNAL_AND_WAIT,
    ROLE_WAIT,
    ROLE_DELAY,
    ROLE_RESET,
    ROLE_ARM,
    ROLE_CANCEL,
    ROLE_RESUME,
    ROLE_SUSPEND,
    ROLE_QUEUE_APC,
    ROLE_SPAWN,
    ROLE_EXIT,
    ROLE_CLOSE,
    ROLE_DUPLICATE,
    ROLE_REFERENCE,
    ROLE_OPEN,
    ROLE_QUERY,
    ROLE_DELETE,
    ROLE_READ,
    ROLE_WRITE,
    ROLE_INFORM,
    ROLE_MAKE,  /* initialises a dispatcher header in the title's own memory */
    ROLE_ENTER, /* a critical section */
    ROLE_LEAVE,
};

enum role_how { ROLE_BY_NOTHING, ROLE_BY_HANDLE, ROLE_BY_ADDRESS };

struct role_row {
    u8 role;     /* enum role */
    u8 argument; /* which names the object */
    u8 how;      /* enum role_how */
};

/* By op (schema/export.h); ROLE_NONE for all that has no row. */
struct role_row role_of(u32 op);
/* SET, PULSE, RELEASE, SIGNAL_AND_WAIT: such a site is a producer. */
bool role_is_producer(u8 role);
/* An ENTER that never waits: its result tells whether it entered. */
bool role_is_try(u32 op);

#endif
