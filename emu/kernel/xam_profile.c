/* SPDX-License-Identifier: BSD-3-Clause
 * The user's settings: none was ever changed. A title that reads them is told so, and takes its defaults; what it
 * writes is not kept. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

/* The answer: how many, where; then for each where it comes from, whose it is, its id, its data (type first). */
enum {
    HEADER_SIZE_BYTES = 8,
    SETTING_SIZE = 40,
    SETTING_WHOSE = 8,
    SETTING_ID = 16,
    SETTING_TYPE = 24,
    SETTINGS_MAX = 32
};
enum { TYPE_TEXT = 4, TYPE_BINARY = 6 };

/* Bytes that a setting's own data may take: its id says its type and size. */
static u32 data_size(u32 id)
{
    u32 type = id >> 28;
    return type == TYPE_TEXT || type == TYPE_BINARY ? id >> 16 & 0xFFF : 0;
}

static void fill(struct kcall *k, u32 buffer, u32 ids, u32 count)
{
    memory_set32(k->e, buffer, count);
    memory_set32(k->e, buffer + 4, buffer + HEADER_SIZE_BYTES);
    for (u32 i = 0; i < count; i++) {
        u8 setting[SETTING_SIZE] = {0};
        u32 id = memory_get32(k->e, ids + i * 4);
        bool by_identity = kcall_u32(k, 2) != 0;
        if (by_identity)
            store_be64(setting + SETTING_WHOSE, XAM_XUID);
        else
            store_be32(setting + SETTING_WHOSE, kcall_u32(k, 1));
        store_be32(setting + SETTING_ID, id);
        setting[SETTING_TYPE] = (u8)(id >> 28);
        memory_write(k->e, buffer + HEADER_SIZE_BYTES + i * SETTING_SIZE, setting, sizeof setting);
    }
}

static u64 read_settings(struct kcall *k, u32 buffer, u32 overlapped)
{
    u32 count = kcall_u32(k, 4), ids = kcall_u32(k, 5), size = kcall_u32(k, 6);
    u32 need = HEADER_SIZE_BYTES;
    if (count == 0 || count > SETTINGS_MAX || !memory_is_writable(k->e, size, 4))
        return ERROR_INVALID_PARAMETER;
    for (u32 i = 0; i < count; i++)
        need += SETTING_SIZE + data_size(memory_get32(k->e, ids + i * 4));
    u32 room = memory_get32(k->e, size);
    if (room && !buffer)
        return ERROR_INVALID_PARAMETER;
    if (room < need) {
        if (!room)
            memory_set32(k->e, size, need);
        return ERROR_INSUFFICIENT_BUFFER;
    }
    if (kcall_u32(k, 2) == 0 && kcall_u32(k, 1) != 0 && (kcall_u32(k, 1) & 0xFF) != ANY_USER)
        return xam_complete(k, overlapped, ERROR_NO_SUCH_USER, 0);
    fill(k, buffer, ids, count);
    return xam_complete(k, overlapped, ERROR_SUCCESS, 0);
}

u64 xam_XamUserReadProfileSettings(struct kcall *k)
{
    return read_settings(k, kcall_u32(k, 7), kcall_u32(k, 8));
}

u64 xam_XamUserReadProfileSettingsEx(struct kcall *k)
{
    return read_settings(k, kcall_u32(k, 8), kcall_u32(k, 9));
}

u64 xam_XamUserWriteProfileSettings(struct kcall *k)
{
    u32 result = ERROR_SUCCESS;
    if (kcall_u32(k, 2) == 0 || kcall_u32(k, 3) == 0)
        return ERROR_INVALID_PARAMETER;
    if (kcall_u32(k, 1) != 0 && (kcall_u32(k, 1) & 0xFF) != ANY_USER)
        result = ERROR_NO_SUCH_USER;
    return xam_complete(k, kcall_u32(k, 4), result, 0);
}
