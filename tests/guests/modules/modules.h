/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share. */
#ifndef MODULES_H
#define MODULES_H

#include <xam.h>
#include <xboxkrnl.h>

enum {
    OK = 0,
    REFUSED_BY_NAME = 0xC0000002,
    BAD_HANDLE = 0xC0000008,
    CONFLICT = 0xC0000018,
    DENIED = 0xC0000022,
    TOO_SMALL = 0xC0000023,
    NO_FILE = 0xC0000034,
    COLLISION = 0xC0000035,
    BAD_PATH = 0xC0000039,
    BAD_IMAGE = 0xC000007B,
    NOT_FOUND = 0xC0000135,
    REFUSED = 0xC0000142,
    NO_SECTION = 0xC0000225,
    NO_IMPORT = 0xC0000225,
    NO_ORDINAL = 0xC0000262,
    NO_NAME = 0xC0000263,
};

typedef u32 function(u32 a, u32 b);

/* The verdict of one check; the exit code counts those that failed. */
void check(const char *name, int good);
void *handle_of(const char *name);
u32 procedure(void *module, const void *which, function **f);

void check_statuses(void);
void check_memory(void);
void check_headers(void);

#endif
