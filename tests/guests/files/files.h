/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share. */
#ifndef FILES_H
#define FILES_H

#include <xboxkrnl.h>

enum {
    READ = 1,
    READ_WRITE = 3,
    DELETE = 0x10000,
    SHARE_ALL = 7,
    OPEN = 1,
    CREATE = 2,
    OVERWRITE_IF = 5,
    DIRECTORY = 1,
    ANY_USER = 1,
};

enum {
    OK = 0,
    NO_FILE = 0xC0000034,
    NO_PATH = 0xC000003A,
    COLLISION = 0xC0000035,
    DENIED = 0xC0000022,
    END = 0xC0000011,
    BAD_HANDLE = 0xC0000008,
    NO_MORE = 0x80000006,
    APC = 0xC0,
    TIMEOUT = 0x102,
};

struct name {
    struct ansi_string string;
    struct object_attributes attributes;
};

void check(const char *name, int good);
const struct object_attributes *named(struct name *n, const char *path);
/* NtCreateFile; *information: what was done. */
u32 open_as(const char *path, u32 access, u32 disposition, u32 options, u32 *file, u32 *information);
u64 now(void);

void check_io(void);
void check_ports(void);
void check_volumes(void);
void check_controls(void);
void check_sharing(void);

#endif
