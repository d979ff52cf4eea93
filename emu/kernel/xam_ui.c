/* SPDX-License-Identifier: BSD-3-Clause
 * What the system would show over the picture and ask the user. Nobody is asked: each question is told, and answered as
 * a user would who presses the button at once. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { DEVICE_ID_HDD = 1, TEXT_MAX = 200 };

static void tell(struct kcall *k, const char *what, u32 text)
{
    char line[TEXT_MAX] = "";
    for (u32 i = 0; text && i + 1 < sizeof line; i++) {
        u16 c = memory_get16(k->e, text + i * 2);
        if (c == 0)
            break;
        line[i] = c >= ' ' && c < 0x7F ? (char)c : '?';
    }
    engine_note(k->e, "the title shows %s: %s", what, line);
}

static u64 message_box(struct kcall *k, u32 out, u32 overlapped)
{
    tell(k, "a message, which is answered with its default choice", kcall_u32(k, 2));
    if (out && !memory_set32(k->e, out, kcall_u32(k, 5)))
        return ERROR_INVALID_PARAMETER;
    return xam_complete(k, overlapped, ERROR_SUCCESS, 0);
}

u64 xam_XamShowMessageBoxUI(struct kcall *k)
{
    return message_box(k, kcall_u32(k, 7), kcall_u32(k, 8));
}

u64 xam_XamShowMessageBoxUIEx(struct kcall *k)
{
    return message_box(k, kcall_u32(k, 8), kcall_u32(k, 9));
}

/* There is one device to choose. */
u64 xam_XamShowDeviceSelectorUI(struct kcall *k)
{
    if (!memory_set32(k->e, kcall_u32(k, 4), DEVICE_ID_HDD))
        return ERROR_INVALID_PARAMETER;
    return xam_complete(k, kcall_u32(k, 5), ERROR_SUCCESS, 0);
}

/* The user is signed in already. */
u64 xam_XamShowSigninUI(struct kcall *k)
{
    tell(k, "a choice of users, which nobody makes", 0);
    return ERROR_SUCCESS;
}
