/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of the system library share: its errors, overlapped operations, its kinds of objects. */
#ifndef EMU_KERNEL_XAM_H
#define EMU_KERNEL_XAM_H

#include "emu/kernel/kcall.h"
#include "emu/kernel/object.h"
#include "emu/vfs/vfs.h"

enum {
    ERROR_SUCCESS = 0,
    ERROR_FILE_NOT_FOUND = 2,
    ERROR_PATH_NOT_FOUND = 3,
    ERROR_INVALID_HANDLE = 6,
    ERROR_OUTOFMEMORY = 0xE,
    ERROR_NO_MORE_FILES = 0x12,
    ERROR_NOT_SUPPORTED = 0x32,
    ERROR_INVALID_PARAMETER = 0x57,
    ERROR_INSUFFICIENT_BUFFER = 0x7A,
    ERROR_INVALID_NAME = 0x7B,
    ERROR_BAD_ARGUMENTS = 0xA0,
    ERROR_ALREADY_EXISTS = 0xB7,
    ERROR_IO_INCOMPLETE = 0x3E4,
    ERROR_IO_PENDING = 0x3E5,
    ERROR_DEVICE_NOT_CONNECTED = 0x48F,
    ERROR_NOT_FOUND = 0x490,
    ERROR_NOT_LOGGED_ON = 0x4DD,
    ERROR_NO_SUCH_USER = 0x525,
    ERROR_FUNCTION_FAILED = 0x65B,
    ERROR_EMPTY = 0x10D2,
};

enum { USERS = 4, ANY_USER = 0xFF };

/* The one user: on the first pad, signed in locally, never on line. Offline identities begin with E. */
#define XAM_XUID 0xE000000000000001ull
extern const char xam_user_name[16];

/* An error as an HRESULT. */
#define XAM_E_FAIL     0x80004005u
#define XAM_E_ARGUMENT 0x80070057u
static inline u32 xam_hresult(u32 error)
{
    return error ? 0x80070000u | error : 0;
}

/* Every listener of the id's area hears it. */
void xam_notify(struct kcall *k, u32 id, u32 parameter);
enum {
    NOTIFY_UI = 0x00000009,
    NOTIFY_MUSIC_STATE = 0x0A000001,
    NOTIFY_MUSIC_BEHAVIOUR = 0x0A000002,
    NOTIFY_MUSIC_CONTROLLER = 0x0A000003,
};

/* A message to the music player (xam_music.c): an HRESULT. */
u32 xam_music_message(struct kcall *k, u32 message, u32 buffer);

/* Signals an event of the title's; what else the handle is, is left alone. */
void xam_signal(struct kcall *k, u32 handle);
/* An operation that may be overlapped is over: without an XOVERLAPPED the result is the call's, else it is told there
 * (with its event and its completion routine) and the call's is ERROR_IO_PENDING. */
u64 xam_complete(struct kcall *k, u32 overlapped, u32 result, u32 length);
/* The same with an error of its own for who looks closer. */
u64 xam_complete_as(struct kcall *k, u32 overlapped, u32 result, u32 extended, u32 length);

/* Objects of type OBJECT_OTHER by their body. Their state stands in guest memory behind the header. */
enum xam_kind { XAM_LISTENER = 1, XAM_ENUMERATOR, XAM_TASK, XAM_SOCKET };

/* A new one with a handle; *guest is its header. 0: there is no room. */
u32 xam_create(struct kcall *k, enum xam_kind kind, u32 size, u32 *guest);
/* The header of a handle's object; 0: the handle is not of that kind. */
u32 xam_find(struct kcall *k, u32 handle, enum xam_kind kind);

/* An enumerator of count items of item_size bytes, given out per_call at a time; *items is where they go. 0: there is
 * no room. */
u32 xam_enumerator(struct kcall *k, u32 item_size, u32 count, u32 per_call, u32 *items);

/* Where something beside the content lies that an XCONTENT_DATA names, and its folder. ERROR_FILE_NOT_FOUND: there is
 * no such content. */
u32 xam_content_place(struct kcall *k, u32 address, const char *what, char folder[VPATH_MAX], char path[VPATH_MAX]);
/* Makes the folders that a path on the hard disc leads through, and itself. 0: it cannot be. */
u32 xam_make_folders(struct kcall *k, const char *path);

/* ASCII as UTF-16 with its NUL. False: not writable. */
bool xam_put_wide(struct kcall *k, u32 out, const char *text);
/* The same for a buffer of count characters, as an HRESULT. */
u32 xam_give_wide(struct kcall *k, u32 out, u32 count, const char *text);

#endif
