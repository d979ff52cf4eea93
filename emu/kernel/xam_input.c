/* SPDX-License-Identifier: BSD-3-Clause
 * The system library's pads. User FF is any user: the first pad. */
#include "emu/hid/pad.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

enum { CAPABILITIES_SIZE = 20, FLAG_GAMEPAD = 1 };

static bool read_pad(struct kcall *k, u32 user, u32 flags, u8 state[PAD_STATE_SIZE])
{
    user &= 0xFF;
    if ((flags & 0xFF) && !(flags & FLAG_GAMEPAD))
        return false;
    return pad_read(k->e, user == ANY_USER ? 0 : user, state);
}

u64 xam_XamInputGetState(struct kcall *k)
{
    u8 state[PAD_STATE_SIZE];
    if (!read_pad(k, kcall_u32(k, 0), kcall_u32(k, 1), state))
        return ERROR_DEVICE_NOT_CONNECTED;
    if (kcall_u32(k, 2) && !memory_write(k->e, kcall_u32(k, 2), state, sizeof state))
        return ERROR_BAD_ARGUMENTS;
    return ERROR_SUCCESS;
}

/* A wired gamepad that has everything: type, subtype, flags, then every bit of state and vibration. */
static u64 capabilities(struct kcall *k, u32 user, u32 flags, u32 out)
{
    u8 state[PAD_STATE_SIZE];
    u8 bytes[CAPABILITIES_SIZE] = {1, 1};
    if (!read_pad(k, user, flags, state))
        return ERROR_DEVICE_NOT_CONNECTED;
    memset(bytes + 4, 0xFF, sizeof bytes - 4);
    return memory_write(k->e, out, bytes, sizeof bytes) ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}

u64 xam_XamInputGetCapabilities(struct kcall *k)
{
    return capabilities(k, kcall_u32(k, 0), kcall_u32(k, 1), kcall_u32(k, 2));
}

u64 xam_XamInputGetCapabilitiesEx(struct kcall *k)
{
    return capabilities(k, kcall_u32(k, 1), kcall_u32(k, 2), kcall_u32(k, 3));
}

/* No motor turns here, which no title can see. */
u64 xam_XamInputSetState(struct kcall *k)
{
    u8 state[PAD_STATE_SIZE];
    return read_pad(k, kcall_u32(k, 0), FLAG_GAMEPAD, state) ? ERROR_SUCCESS : ERROR_DEVICE_NOT_CONNECTED;
}

/* Keystrokes are not made of pads' states yet: there is never one. */
u64 xam_XamInputGetKeystroke(struct kcall *k)
{
    u8 state[PAD_STATE_SIZE];
    return read_pad(k, kcall_u32(k, 0), FLAG_GAMEPAD, state) ? ERROR_EMPTY : ERROR_DEVICE_NOT_CONNECTED;
}
