/* SPDX-License-Identifier: BSD-3-Clause
 * What the system shows over the picture and asks the user. Nobody is asked: each screen is told, and closed as by a
 * user who presses the button at once; the title hears that a screen came and went. */
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

/* The screen comes and goes. */
static void show(struct kcall *k, const char *what, u32 text)
{
    tell(k, what, text);
    xam_notify(k, NOTIFY_UI, 1);
    xam_notify(k, NOTIFY_UI, 0);
}

static u64 message_box(struct kcall *k, u32 out, u32 overlapped)
{
    if (out && !memory_set32(k->e, out, kcall_u32(k, 5)))
        return ERROR_INVALID_PARAMETER;
    show(k, "a message, which is answered with its default choice", kcall_u32(k, 2));
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
    show(k, "a choice of devices, of which there is one", 0);
    return xam_complete(k, kcall_u32(k, 5), ERROR_SUCCESS, 0);
}

/* user, flags, first text, title, description, buffer, its characters: what stood there first is taken, as far as it
 * fits. */
u64 xam_XamShowKeyboardUI(struct kcall *k)
{
    u32 from = kcall_u32(k, 2), to = kcall_u32(k, 5), count = kcall_u32(k, 6), i = 0;
    if (!to || !count || count > UINT32_MAX / 2 || !memory_is_writable(k->e, to, count * 2))
        return ERROR_INVALID_PARAMETER;
    show(k, "a keyboard, on which nobody writes", kcall_u32(k, 3));
    for (u16 c = 1; from && i + 1 < count; i++) {
        c = memory_get16(k->e, from + i * 2);
        if (!c)
            break;
        memory_set16(k->e, to + i * 2, c);
    }
    for (; i < count; i++)
        memory_set16(k->e, to + i * 2, 0);
    return xam_complete(k, kcall_u32(k, 7), ERROR_SUCCESS, 0);
}

/* The user is signed in already. */
u64 xam_XamShowSigninUI(struct kcall *k)
{
    show(k, "a choice of users, of which there is one", 0);
    return ERROR_SUCCESS;
}

u64 xam_XamShowSigninUIp(struct kcall *k)
{
    return xam_XamShowSigninUI(k);
}

/* Screens that ask nothing: a row each. */
#define SCREEN(name, what)                                                                                             \
    u64 xam_##name(struct kcall *k)                                                                                    \
    {                                                                                                                  \
        show(k, what, 0);                                                                                              \
        return ERROR_SUCCESS;                                                                                          \
    }

/* clang-format off */
SCREEN(XamShowFriendsUI,         "a list of friends")
SCREEN(XamShowMessagesUI,        "a list of messages")
SCREEN(XamShowGamerCardUI,       "a user's card")
SCREEN(XamShowGamerCardUIForXUID,"a user's card")
SCREEN(XamShowAchievementsUI,    "a list of achievements")
SCREEN(XamShowMarketplaceUI,     "the shop")
SCREEN(XamShowPlayersUI,         "a list of players")
SCREEN(XamShowGuideUI,           "the guide")
/* clang-format on */

/* A disc that cannot be read ends the title; its user goes back to the dashboard. */
u64 xam_XamShowDirtyDiscErrorUI(struct kcall *k)
{
    show(k, "that its disc cannot be read, which ends it", 0);
    return xam_XamLoaderTerminateTitle(k);
}

/* Parties and community sessions are on line; these calls fail before anything is shown. */
u64 xam_XamShowPartyUI(struct kcall *k)
{
    (void)k;
    return ERROR_FUNCTION_FAILED;
}

u64 xam_XamShowCommunitySessionsUI(struct kcall *k)
{
    (void)k;
    return ERROR_FUNCTION_FAILED;
}

/* Nothing of the system's stays over the picture. */
u64 xam_XamIsUIActive(struct kcall *k)
{
    (void)k;
    return 0;
}
