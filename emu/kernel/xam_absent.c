/* SPDX-License-Identifier: BSD-3-Clause
 * What is not attached to this console or has no service: headsets, parties, avatars, the camera. Each call says so.
 * UNKNOWN: the very results of some of them on a console without such a thing; those are stubs. Facts: Xenia. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { ERROR_ACCESS_DENIED = 5 };

#define NO_PARTY   0x807D0003u
#define NO_AVATARS 0xFFFFFFFFu

u64 xam_XamVoiceIsActiveProcess(struct kcall *k)
{
    (void)k;
    return 0; /* nobody speaks */
}

/* No headset: no voice. */
u64 xam_XamVoiceCreate(struct kcall *k)
{
    return memory_set32(k->e, kcall_u32(k, 2), 0) ? ERROR_ACCESS_DENIED : ERROR_INVALID_PARAMETER;
}

u64 xam_XamVoiceHeadsetPresent(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_XamVoiceClose(struct kcall *k)
{
    (void)k;
    return ERROR_SUCCESS;
}

u64 xam_XamPartyGetUserList(struct kcall *k)
{
    (void)k;
    return NO_PARTY;
}

u64 xam_XamPartySendGameInvites(struct kcall *k)
{
    (void)k;
    return ERROR_FUNCTION_FAILED;
}

u64 xam_XamPartySetCustomData(struct kcall *k)
{
    (void)k;
    return ERROR_FUNCTION_FAILED;
}

u64 xam_XamPartyGetBandwidth(struct kcall *k)
{
    (void)k;
    return ERROR_FUNCTION_FAILED;
}

u64 xam_XamAvatarInitialize(struct kcall *k)
{
    (void)k;
    return NO_AVATARS;
}

u64 xam_XamAvatarShutdown(struct kcall *k)
{
    (void)k;
    return 0;
}

/* The status says which parts there are: none. */
u64 xam_XamNuiGetDeviceStatus(struct kcall *k)
{
    u8 none[24] = {0};
    memory_write(k->e, kcall_u32(k, 0), none, sizeof none);
    return 0;
}
