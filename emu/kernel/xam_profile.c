/* SPDX-License-Identifier: BSD-3-Clause
 * The user's settings. Each has its default until a title writes it; what is written stands in a file of its own on the
 * hard disc: its data (type, seven bytes of nothing, eight of value or {size, address}), then text or bytes. Those of
 * the title alone (ids with 3F00) are each title's own. An id says its type and, from bit 16 on, the most bytes that it
 * may have. Facts: Xenia. */
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

#include <stdio.h>

/* The answer: how many, where; then for each where it comes from, whose it is, its id, its data (type first). */
enum {
    HEADER_SIZE_BYTES = 8,
    SETTING_SIZE = 40,
    SETTING_WHOSE = 8,
    SETTING_ID = 16,
    SETTING_TYPE = 24,
    SETTING_VALUE = 32,
    SETTINGS_MAX = 32,
    DATA_SIZE = SETTING_SIZE - SETTING_TYPE,
    PAYLOAD_MAX = 0xFFF,
};
enum { TYPE_TEXT = 4, TYPE_BINARY = 6, SOURCE_NONE = 0, SOURCE_DEFAULT = 1, SOURCE_TITLE = 2, TITLE_SPECIFIC = 0x3F00 };

#define DASHBOARD 0xFFFE07D1u

/* What every profile has from the start; other settings have no value. */
static const struct {
    u32 id;
    u32 value;
} defaults[] = {
    {0x10040002, 0}, {0x10040003, 3}, {0x10040004, 0}, {0x10040005, 0},   {0x10040006, 0},
    {0x5004000B, 0}, {0x1004000C, 0}, {0x1004000D, 0}, {0x1004000E, 100}, {0x402C0011, 0},
    {0x10040012, 1}, {0x10040013, 0}, {0x10040015, 0}, {0x10040018, 0},   {0x1004001D, 0},
    {0x1004001E, 0}, {0x10040022, 1}, {0x10040023, 0}, {0x10040024, 0},   {0x10040026, 0},
    {0x10040027, 0}, {0x10040028, 0}, {0x10040029, 0}, {0x10040038, 0},   {0x10040039, 0},
};

struct profile_setting {
    u32 source;
    u32 size; /* of payload */
    u8 data[DATA_SIZE];
    u8 payload[PAYLOAD_MAX];
};

static bool has_payload(u32 id)
{
    return id >> 28 == TYPE_TEXT || id >> 28 == TYPE_BINARY;
}

static u32 most_bytes(u32 id)
{
    return has_payload(id) ? id >> 16 & PAYLOAD_MAX : 0;
}

static bool is_of_title(u32 id)
{
    return (id & TITLE_SPECIFIC) == TITLE_SPECIFIC;
}

static void path_of(const struct kcall *k, u32 id, char folder[VPATH_MAX], char path[VPATH_MAX])
{
    snprintf(folder, VPATH_MAX, "%s\\Content\\%016llX\\%08X\\Settings", vfs_device_path(DEVICE_HDD),
             (unsigned long long)XAM_XUID, is_of_title(id) ? k->m->title.title_id : DASHBOARD);
    snprintf(path, VPATH_MAX, "%.400s\\%08X", folder, id);
}

static bool read_file(struct kcall *k, u32 id, struct profile_setting *setting)
{
    char folder[VPATH_MAX], path[VPATH_MAX];
    u8 bytes[DATA_SIZE + PAYLOAD_MAX];
    u32 status, moved;
    path_of(k, id, folder, path);
    u32 node = vfs_find(k->e, path, &status);
    if (!node || vfs_read(k->e, node, 0, sizeof bytes, bytes, &moved) != STATUS_SUCCESS || moved < DATA_SIZE)
        return false;
    setting->source = is_of_title(id) ? SOURCE_TITLE : SOURCE_DEFAULT;
    setting->size = moved - DATA_SIZE;
    memcpy(setting->data, bytes, DATA_SIZE);
    memcpy(setting->payload, bytes + DATA_SIZE, setting->size);
    return true;
}

static void read_setting(struct kcall *k, u32 id, struct profile_setting *setting)
{
    memset(setting, 0, sizeof *setting);
    setting->data[0] = (u8)(id >> 28);
    if (read_file(k, id, setting))
        return;
    for (u32 i = 0; i < countof(defaults); i++) {
        if (defaults[i].id != id)
            continue;
        setting->source = SOURCE_DEFAULT;
        store_be32(setting->data + SETTING_VALUE - SETTING_TYPE, defaults[i].value);
    }
}

/* place: of the setting in the answer; *rest: where the next payload goes. */
static void put_setting(struct kcall *k, u32 id, u32 place, u32 *rest)
{
    struct profile_setting setting;
    u8 bytes[SETTING_SIZE] = {0};
    read_setting(k, id, &setting);
    store_be32(bytes, setting.source);
    if (kcall_u32(k, 2))
        store_be64(bytes + SETTING_WHOSE, XAM_XUID);
    else
        store_be32(bytes + SETTING_WHOSE, kcall_u32(k, 1));
    store_be32(bytes + SETTING_ID, id);
    memcpy(bytes + SETTING_TYPE, setting.data, DATA_SIZE);
    u32 size = setting.size < most_bytes(id) ? setting.size : most_bytes(id);
    if (has_payload(id)) {
        store_be32(bytes + SETTING_VALUE, size);
        store_be32(bytes + SETTING_VALUE + 4, size ? *rest : 0);
        memory_write(k->e, *rest, setting.payload, size);
        *rest += size;
    }
    memory_write(k->e, place, bytes, sizeof bytes);
}

static void fill(struct kcall *k, u32 buffer, u32 ids, u32 count)
{
    u32 settings = buffer + HEADER_SIZE_BYTES, rest = settings + count * SETTING_SIZE;
    memory_set32(k->e, buffer, count);
    memory_set32(k->e, buffer + 4, settings);
    for (u32 i = 0; i < count; i++)
        put_setting(k, memory_get32(k->e, ids + i * 4), settings + i * SETTING_SIZE, &rest);
}

static bool is_nobody(const struct kcall *k)
{
    return kcall_u32(k, 1) != 0 && (kcall_u32(k, 1) & 0xFF) != ANY_USER;
}

static u64 read_settings(struct kcall *k, u32 buffer, u32 overlapped)
{
    u32 count = kcall_u32(k, 4), ids = kcall_u32(k, 5), size = kcall_u32(k, 6);
    u32 need = HEADER_SIZE_BYTES;
    if (count == 0 || count > SETTINGS_MAX || !memory_is_writable(k->e, size, 4) ||
        !memory_is_readable(k->e, ids, count * 4))
        return ERROR_INVALID_PARAMETER;
    for (u32 i = 0; i < count; i++)
        need += SETTING_SIZE + most_bytes(memory_get32(k->e, ids + i * 4));
    u32 room = memory_get32(k->e, size);
    if (room && !buffer)
        return ERROR_INVALID_PARAMETER;
    if (room < need) {
        if (!room)
            memory_set32(k->e, size, need);
        return ERROR_INSUFFICIENT_BUFFER;
    }
    if (!memory_is_writable(k->e, buffer, need))
        return ERROR_INVALID_PARAMETER;
    if (kcall_u32(k, 2) ? memory_get64(k->e, kcall_u32(k, 3)) != XAM_XUID : is_nobody(k))
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

/* One of those to be written, from guest memory. False: it cannot be read, or is not of its id's type and size. */
static bool get_setting(struct kcall *k, u32 place, u32 *id, struct profile_setting *setting)
{
    u8 bytes[SETTING_SIZE];
    memset(setting, 0, sizeof *setting);
    if (!memory_read(k->e, place, bytes, sizeof bytes))
        return false;
    *id = load_be32(bytes + SETTING_ID);
    memcpy(setting->data, bytes + SETTING_TYPE, DATA_SIZE);
    if (setting->data[0] != *id >> 28)
        return false;
    if (!has_payload(*id))
        return true;
    setting->size = load_be32(bytes + SETTING_VALUE);
    return setting->size <= most_bytes(*id) &&
           memory_read(k->e, load_be32(bytes + SETTING_VALUE + 4), setting->payload, setting->size);
}

static u32 write_setting(struct kcall *k, u32 id, const struct profile_setting *setting)
{
    char folder[VPATH_MAX], path[VPATH_MAX];
    u32 status;
    path_of(k, id, folder, path);
    if (!xam_make_folders(k, folder))
        return ERROR_FUNCTION_FAILED;
    u32 old = vfs_find(k->e, path, &status);
    if (old && vfs_delete(k->e, old) != STATUS_SUCCESS)
        return ERROR_FUNCTION_FAILED;
    u32 node = vfs_make(k->e, path, false, &status);
    if (!node || vfs_write(k->e, node, 0, DATA_SIZE, setting->data) != STATUS_SUCCESS ||
        vfs_write(k->e, node, DATA_SIZE, setting->size, setting->payload) != STATUS_SUCCESS)
        return ERROR_FUNCTION_FAILED;
    return ERROR_SUCCESS;
}

/* All are looked at before the first is written. */
u64 xam_XamUserWriteProfileSettings(struct kcall *k)
{
    struct profile_setting setting;
    u32 count = kcall_u32(k, 2), settings = kcall_u32(k, 3), id, result = ERROR_SUCCESS;
    if (count == 0 || count > SETTINGS_MAX || settings == 0)
        return ERROR_INVALID_PARAMETER;
    if (is_nobody(k))
        return xam_complete(k, kcall_u32(k, 4), ERROR_NO_SUCH_USER, 0);
    for (u32 i = 0; i < count; i++) {
        if (!get_setting(k, settings + i * SETTING_SIZE, &id, &setting))
            return xam_complete(k, kcall_u32(k, 4), ERROR_INVALID_PARAMETER, 0);
    }
    for (u32 i = 0; i < count && result == ERROR_SUCCESS; i++) {
        if (get_setting(k, settings + i * SETTING_SIZE, &id, &setting))
            result = write_setting(k, id, &setting);
    }
    return xam_complete(k, kcall_u32(k, 4), result, 0);
}
