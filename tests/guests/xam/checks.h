/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share. */
#ifndef CHECKS_H
#define CHECKS_H

#include <xam.h>
#include <xboxkrnl.h>

enum {
    SUCCESS = 0,
    INVALID_PARAMETER = 0x57,
    IO_PENDING = 0x3E5,
    NO_MORE_FILES = 0x12,
    NOT_CONNECTED = 0x48F,
    NO_SUCH_USER = 0x80070525,
    BAD_ARGUMENT = 0x80070057,
    NOT_FOUND = 0x80070490,
    TOO_SMALL = 0x8007007A,
    TIMEOUT = 0x102,
};

struct overlapped {
    u32 result;
    u32 length;
    u32 context;
    u32 event;
    u32 routine;
    u32 routine_context;
    u32 extended;
};

void check(const char *name, int good);
/* The UTF-16 text is this ASCII one. */
int is_wide(const u16 *text, const char *want);

void check_win32(void);
void check_locale(void);
void check_users(void);
void check_notifications(void);
void check_content(void);
void check_system(void);
void check_console(void);
void check_network(void);
void check_messages(void);
void check_sockets(void);
void check_settings(void);
void check_small_calls(void);

#endif
