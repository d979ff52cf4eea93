/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share. */
#ifndef MEMORY_H
#define MEMORY_H

#include <xboxkrnl.h>

enum {
    OK = 0,
    COMMIT = 0x1000,
    RESERVE = 0x2000,
    DECOMMIT = 0x4000,
    RELEASE = 0x8000,
    FREE = 0x10000,
    PRIVATE = 0x20000,
    TOP_DOWN = 0x100000,
    LARGE = 0x20000000,
    NO_ACCESS = 1,
    READ_ONLY = 2,
    READ_WRITE = 4,
    PAGE = 0x1000,
    UNIT = 0x10000,
};
#define HUGE_PAGES 0x80000000u

void check(const char *name, int good);
/* At *base (0: anywhere), rounded as the kernel does; the status. */
u32 allocate(u32 *base, u32 *size, u32 type, u32 protect);
u32 free_range(u32 *base, u32 *size, u32 type);

void check_virtual(void);
void check_physical(void);
void check_pools(void);

#endif
