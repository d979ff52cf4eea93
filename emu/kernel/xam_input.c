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

/* Which key a button is, from the lowest bit of XINPUT_GAMEPAD's buttons on, then the two triggers. */
enum { BUTTONS_PLACE = 4, TRIGGERS_PLACE = 6, TRIGGER_THRESHOLD = 30, KEYS = 18, KEY_DOWN = 1, KEY_UP = 2 };

static const u16 key_codes[KEYS] = {
    0x5810, 0x5811, 0x5812, 0x5813, 0x5814, 0x5815, 0x5816, 0x5817, 0x5805,
    0x5804, 0,      0,      0x5800, 0x5801, 0x5802, 0x5803, 0x5806, 0x5807,
};

static u32 keys_of(const u8 state[PAD_STATE_SIZE])
{
    u32 keys = load_be16(state + BUTTONS_PLACE);
    for (u32 i = 0; i < 2; i++)
        keys |= state[TRIGGERS_PLACE + i] > TRIGGER_THRESHOLD ? 1u << (16 + i) : 0;
    return keys;
}

/* {key, character, flags, user, code}: the next button that is not as it was last told, the lowest first. Keys that are
 * held are not repeated, and the sticks are no keys yet. */
u64 xam_XamInputGetKeystroke(struct kcall *k)
{
    u8 state[PAD_STATE_SIZE], stroke[8] = {0};
    u32 user = kcall_u32(k, 0) & 0xFF;
    user = user == ANY_USER ? 0 : user;
    if (!memory_is_writable(k->e, kcall_u32(k, 2), sizeof stroke))
        return ERROR_BAD_ARGUMENTS;
    if (!read_pad(k, user, kcall_u32(k, 1), state))
        return ERROR_DEVICE_NOT_CONNECTED;
    u32 keys = keys_of(state), changed = keys ^ k->m->keys[user];
    for (u32 i = 0; i < KEYS; i++) {
        if (!(changed >> i & 1) || !key_codes[i])
            continue;
        k->m->keys[user] ^= 1u << i;
        store_be16(stroke, key_codes[i]);
        store_be16(stroke + 4, keys >> i & 1 ? KEY_DOWN : KEY_UP);
        stroke[6] = (u8)user;
        memory_write(k->e, kcall_u32(k, 2), stroke, sizeof stroke);
        return ERROR_SUCCESS;
    }
    return ERROR_EMPTY;
}
