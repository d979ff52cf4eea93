/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel's structures and constants that the system calls use. */
#ifndef LIBC_KERNEL_H
#define LIBC_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <xboxkrnl.h>

enum {
    FILE_OPEN = 1,
    FILE_CREATE = 2,
    FILE_OPEN_IF = 3,
    FILE_OVERWRITE = 4,
    FILE_OVERWRITE_IF = 5,
    FILE_SYNCHRONOUS = 0x20,
    FILE_NOT_DIRECTORY = 0x40,
    FILE_DISPOSITION = 13,
    FILE_NETWORK_OPEN = 34,
    SHARE_READ = 1,
    ATTRIBUTE_DIRECTORY = 0x10,
    ATTRIBUTE_NORMAL = 0x80,
    OBJECT_CASELESS = 0x40,
    MEMORY_COMMIT = 0x1000,
    MEMORY_RESERVE = 0x2000,
    PAGE_READ_WRITE = 4,
};

#define ACCESS_READ   0x80100080u /* generic read, synchronize, read attributes */
#define ACCESS_WRITE  0x40100080u
#define ACCESS_DELETE 0x00110000u
#ifndef STATUS_END_OF_FILE
#define STATUS_END_OF_FILE 0xC0000011u
#endif

struct file_information {
    u64 times[4];
    u64 allocated;
    u64 size;
    u32 attributes;
    u32 zero;
};

#endif
