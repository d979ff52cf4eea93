/* SPDX-License-Identifier: BSD-3-Clause
 * Content: packages of saved games and the like, as folders on the hard disc, mounted by a link of the title's choice.
 * Beside each lies its XCONTENT_DATA, which is what enumerators tell. Devices: the hard disc (1) and the disc drive. */
#include "emu/kernel/sync.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"
#include "emu/vfs/vfs.h"

#include <stdio.h>

/* XCONTENT_DATA: device, type, display name (UTF-16), file name. */
enum { CONTENT_TYPE = 4, CONTENT_NAME = 0x108, CONTENT_NAME_MAX = 42, CONTENT_SIZE = 0x134 };
enum { TYPE_SAVED_GAME = 1, CONTENTS_MAX = 256, DEPTH_MAX = 32 };
enum { DISPOSITION_NONE, DISPOSITION_CREATED, DISPOSITION_OPENED };
enum { CREATE_NEW = 1, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING };

struct content {
    u8 data[CONTENT_SIZE];
    char folder[VPATH_MAX]; /* with the files */
    char header[VPATH_MAX]; /* the file with its XCONTENT_DATA */
};

static void folder_of_type(const struct kcall *k, u32 type, const char *what, char out[VPATH_MAX])
{
    snprintf(out, VPATH_MAX, "%s\\Content\\%016llX\\%08X\\%s\\%08X", vfs_device_path(DEVICE_HDD),
             (unsigned long long)XAM_XUID, k->m->title.title_id, what, type);
}

static bool is_name(const char *name)
{
    return name[0] && !strpbrk(name, "\\/:*?\"<>|") && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* What an XCONTENT_DATA in guest memory names. */
static bool read_content(struct kcall *k, u32 address, struct content *content)
{
    char name[CONTENT_NAME_MAX + 1] = "", folder[VPATH_MAX];
    if (!memory_read(k->e, address, content->data, CONTENT_SIZE))
        return false;
    memcpy(name, content->data + CONTENT_NAME, CONTENT_NAME_MAX);
    if (!is_name(name))
        return false;
    u32 type = load_be32(content->data + CONTENT_TYPE);
    folder_of_type(k, type, "Packages", folder);
    bool fits = snprintf(content->folder, VPATH_MAX, "%.400s\\%s", folder, name) < VPATH_MAX;
    folder_of_type(k, type, "Headers", folder);
    return fits && snprintf(content->header, VPATH_MAX, "%.400s\\%s", folder, name) < VPATH_MAX;
}

static u32 find(struct kcall *k, const char *path)
{
    u32 status;
    return vfs_find(k->e, path, &status);
}

u32 xam_make_folders(struct kcall *k, const char *path)
{
    char part[VPATH_MAX];
    u32 status = STATUS_SUCCESS, node = 0;
    for (size_t i = strlen(vfs_device_path(DEVICE_HDD)) + 1; i <= strlen(path); i++) {
        if (path[i] != '\\' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        node = find(k, part);
        if (!node)
            node = vfs_make(k->e, part, true, &status);
        if (!node)
            return 0;
    }
    return node;
}

/* The file name of an XCONTENT_DATA ends its paths. */
static void beside(const struct kcall *k, const struct content *content, const char *what, char folder[VPATH_MAX],
                   char path[VPATH_MAX])
{
    folder_of_type(k, load_be32(content->data + CONTENT_TYPE), what, folder);
    snprintf(path, VPATH_MAX, "%.400s%s", folder, strrchr(content->folder, '\\'));
}

u32 xam_content_place(struct kcall *k, u32 address, const char *what, char folder[VPATH_MAX], char path[VPATH_MAX])
{
    struct content content;
    if (!read_content(k, address, &content))
        return ERROR_INVALID_PARAMETER;
    beside(k, &content, what, folder, path);
    return find(k, content.folder) ? ERROR_SUCCESS : ERROR_FILE_NOT_FOUND;
}

static u32 write_header(struct kcall *k, const struct content *content)
{
    char folder[VPATH_MAX];
    u32 status;
    folder_of_type(k, load_be32(content->data + CONTENT_TYPE), "Headers", folder);
    if (!xam_make_folders(k, folder))
        return 0;
    u32 node = find(k, content->header);
    if (!node)
        node = vfs_make(k->e, content->header, false, &status);
    if (node)
        vfs_write(k->e, node, 0, CONTENT_SIZE, content->data);
    return node;
}

/* A folder with all that is in it, without recursion. */
static void delete_all(struct kcall *k, u32 top)
{
    u32 path[DEPTH_MAX] = {top}, depth = 1;
    while (depth) {
        u32 child = vfs_child(k->e, path[depth - 1], 0);
        if (child && vfs_is_directory(k->e, child) && depth < DEPTH_MAX) {
            path[depth++] = child;
        } else if (!child || vfs_delete(k->e, child) != STATUS_SUCCESS) {
            depth--;
            if (vfs_delete(k->e, path[depth]) != STATUS_SUCCESS)
                return;
        }
    }
}

static u32 delete_content(struct kcall *k, const struct content *content)
{
    char pictures[VPATH_MAX], picture[VPATH_MAX];
    u32 folder = find(k, content->folder), header = find(k, content->header);
    if (!folder)
        return ERROR_PATH_NOT_FOUND;
    delete_all(k, folder);
    if (header)
        vfs_delete(k->e, header);
    beside(k, content, "Thumbnails", pictures, picture);
    header = find(k, picture);
    if (header)
        vfs_delete(k->e, header);
    return ERROR_SUCCESS;
}

/* "save" becomes the link "save:"; false: no name for one. */
static bool link_name(struct kcall *k, u32 address, char out[32])
{
    char root[30];
    if (!memory_read_string(k->e, address, root, sizeof root) || !is_name(root))
        return false;
    snprintf(out, 32, "%s:", root);
    return true;
}

static u32 mount(struct kcall *k, const char *link, const struct content *content)
{
    u32 status = vfs_link(k->e, link, content->folder);
    return status == STATUS_SUCCESS                 ? ERROR_SUCCESS
           : status == STATUS_OBJECT_NAME_COLLISION ? ERROR_ALREADY_EXISTS
                                                    : ERROR_FUNCTION_FAILED;
}

static u32 open_content(struct kcall *k, const char *link, struct content *content, u32 how, u32 *disposition)
{
    bool exists = find(k, content->folder) != 0;
    *disposition = DISPOSITION_NONE;
    if (how < CREATE_NEW || how > TRUNCATE_EXISTING)
        return ERROR_INVALID_PARAMETER;
    if (exists && how == CREATE_NEW)
        return ERROR_ALREADY_EXISTS;
    if (!exists && (how == OPEN_EXISTING || how == TRUNCATE_EXISTING))
        return ERROR_PATH_NOT_FOUND;
    if (exists && (how == CREATE_ALWAYS || how == TRUNCATE_EXISTING)) {
        delete_content(k, content);
        exists = false;
    }
    if (!exists && (!xam_make_folders(k, content->folder) || !write_header(k, content)))
        return ERROR_FUNCTION_FAILED;
    *disposition = exists ? DISPOSITION_OPENED : DISPOSITION_CREATED;
    return mount(k, link, content);
}

static u64 create(struct kcall *k, u32 overlapped)
{
    struct content content;
    char link[32];
    u32 disposition = DISPOSITION_NONE, result = ERROR_INVALID_PARAMETER;
    if (read_content(k, kcall_u32(k, 2), &content) && link_name(k, kcall_u32(k, 1), link))
        result = open_content(k, link, &content, kcall_u32(k, 3) & 0xF, &disposition);
    if (kcall_u32(k, 4))
        memory_set32(k->e, kcall_u32(k, 4), disposition);
    if (kcall_u32(k, 5) && result == ERROR_SUCCESS)
        memory_set32(k->e, kcall_u32(k, 5), 0);
    return xam_complete(k, overlapped, result, disposition);
}

u64 xam_XamContentCreate(struct kcall *k)
{
    return create(k, kcall_u32(k, 6));
}

u64 xam_XamContentCreateEx(struct kcall *k)
{
    return create(k, kcall_u32(k, 8));
}

u64 xam_XamContentClose(struct kcall *k)
{
    char link[32];
    u32 result = ERROR_INVALID_PARAMETER;
    if (link_name(k, kcall_u32(k, 0), link))
        result = vfs_unlink(k->e, link) == STATUS_SUCCESS ? ERROR_SUCCESS : ERROR_FILE_NOT_FOUND;
    return xam_complete(k, kcall_u32(k, 1), result, 0);
}

u64 xam_XamContentDelete(struct kcall *k)
{
    struct content content;
    u32 result = ERROR_INVALID_PARAMETER;
    if (read_content(k, kcall_u32(k, 1), &content))
        result = delete_content(k, &content);
    return xam_complete(k, kcall_u32(k, 2), result, 0);
}

/* What was written is there at once. */
u64 xam_XamContentFlush(struct kcall *k)
{
    char link[32];
    bool known = link_name(k, kcall_u32(k, 0), link) && vfs_link_target(k->e, link);
    return xam_complete(k, kcall_u32(k, 1), known ? ERROR_SUCCESS : ERROR_FILE_NOT_FOUND, 0);
}

/* Saved games are always the user's own. */
u64 xam_XamContentGetCreator(struct kcall *k)
{
    struct content content;
    u32 result = ERROR_INVALID_PARAMETER;
    if (read_content(k, kcall_u32(k, 1), &content))
        result = find(k, content.folder) ? ERROR_SUCCESS : ERROR_PATH_NOT_FOUND;
    bool own = result == ERROR_SUCCESS && load_be32(content.data + CONTENT_TYPE) == TYPE_SAVED_GAME;
    if (result == ERROR_SUCCESS && !memory_set32(k->e, kcall_u32(k, 2), own))
        result = ERROR_INVALID_PARAMETER;
    if (result == ERROR_SUCCESS && kcall_u32(k, 3))
        memory_set64(k->e, kcall_u32(k, 3), own ? XAM_XUID : 0);
    return xam_complete(k, kcall_u32(k, 4), result, 0);
}

u64 xam_XamContentResolve(struct kcall *k)
{
    struct content content;
    if (!read_content(k, kcall_u32(k, 1), &content))
        return ERROR_INVALID_PARAMETER;
    if (!find(k, content.folder))
        return ERROR_NOT_FOUND;
    u32 size = (u32)strlen(content.folder) + 1;
    if (kcall_u32(k, 3) < size)
        return ERROR_INSUFFICIENT_BUFFER;
    return memory_write(k->e, kcall_u32(k, 2), content.folder, size) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

/* Licences are bought; nobody did. */
u64 xam_XamContentGetLicenseMask(struct kcall *k)
{
    u32 result = memory_set32(k->e, kcall_u32(k, 0), 0) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
    return xam_complete(k, kcall_u32(k, 1), result, 0);
}

/* The headers of a type, in the order of their names, as items. */
static u32 list(struct kcall *k, u32 type, u8 (*out)[CONTENT_SIZE])
{
    char folder[VPATH_MAX];
    u32 count = 0, moved;
    folder_of_type(k, type, "Headers", folder);
    u32 directory = find(k, folder);
    for (u32 node = directory ? vfs_child(k->e, directory, 0) : 0; node && count < CONTENTS_MAX;
         node = vfs_child(k->e, directory, node)) {
        if (vfs_read(k->e, node, 0, CONTENT_SIZE, out[count], &moved) == STATUS_SUCCESS && moved == CONTENT_SIZE)
            count++;
    }
    return count;
}

enum { DEVICE_ID_HDD = 1, DEVICE_ID_DVD = 2, DEVICE_DATA_SIZE = 0x50, DEVICE_NAME = 0x18, DEVICE_NAME_MAX = 27 };

u64 xam_XamContentCreateEnumerator(struct kcall *k)
{
    u8 items[CONTENTS_MAX][CONTENT_SIZE];
    u32 device = kcall_u32(k, 1), per_call = kcall_u32(k, 4), size_out = kcall_u32(k, 5), address;
    if (device > DEVICE_ID_DVD || !memory_is_writable(k->e, kcall_u32(k, 6), 4))
        return xam_hresult(ERROR_INVALID_PARAMETER);
    if (size_out)
        memory_set32(k->e, size_out, CONTENT_SIZE * per_call);
    u32 count = device == DEVICE_ID_DVD ? 0 : list(k, kcall_u32(k, 2), items);
    u32 handle = xam_enumerator(k, CONTENT_SIZE, count, per_call, &address);
    if (!handle)
        return ERROR_OUTOFMEMORY;
    memory_write(k->e, address, items, count * CONTENT_SIZE);
    memory_set32(k->e, kcall_u32(k, 6), handle);
    return ERROR_SUCCESS;
}

static const char *device_name(u32 device)
{
    return device == DEVICE_ID_HDD ? "Hard Drive" : device == DEVICE_ID_DVD ? "Disc Drive" : NULL;
}

/* Number, kind, all bytes, free bytes, name. */
static void device_data(struct kcall *k, u32 device, u8 data[DEVICE_DATA_SIZE])
{
    const char *name = device_name(device);
    u32 free_blocks = 0, blocks = 0;
    vfs_space(k->e, &free_blocks, &blocks);
    memset(data, 0, DEVICE_DATA_SIZE);
    store_be32(data, device);
    store_be32(data + 4, device == DEVICE_ID_HDD ? 1 : 4);
    store_be64(data + 8, device == DEVICE_ID_HDD ? (u64)blocks * VBLOCK_SIZE : 0x1B0000000ull);
    store_be64(data + 16, device == DEVICE_ID_HDD ? (u64)free_blocks * VBLOCK_SIZE : 0);
    for (u32 i = 0; name[i] && i < DEVICE_NAME_MAX; i++)
        store_be16(data + DEVICE_NAME + i * 2, (u8)name[i]);
}

u64 xam_XamContentGetDeviceData(struct kcall *k)
{
    u8 data[DEVICE_DATA_SIZE];
    if (!device_name(kcall_u32(k, 0)))
        return ERROR_DEVICE_NOT_CONNECTED;
    device_data(k, kcall_u32(k, 0), data);
    return memory_write(k->e, kcall_u32(k, 1), data, sizeof data) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

u64 xam_XamContentGetDeviceName(struct kcall *k)
{
    const char *name = device_name(kcall_u32(k, 0));
    if (!name)
        return ERROR_DEVICE_NOT_CONNECTED;
    if (kcall_u32(k, 2) < strlen(name) + 1)
        return ERROR_INSUFFICIENT_BUFFER;
    return xam_put_wide(k, kcall_u32(k, 1), name) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

u64 xam_XamContentGetDeviceState(struct kcall *k)
{
    bool there = device_name(kcall_u32(k, 0)) != NULL;
    if (there || !kcall_u32(k, 1))
        return xam_complete(k, kcall_u32(k, 1), there ? ERROR_SUCCESS : ERROR_DEVICE_NOT_CONNECTED, 0);
    return xam_complete_as(k, kcall_u32(k, 1), ERROR_FUNCTION_FAILED, ERROR_DEVICE_NOT_CONNECTED, 0);
}

u64 xam_XamContentCreateDeviceEnumerator(struct kcall *k)
{
    u32 per_call = kcall_u32(k, 2), size_out = kcall_u32(k, 3), address;
    u8 data[DEVICE_DATA_SIZE];
    if (!memory_is_writable(k->e, kcall_u32(k, 4), 4))
        return xam_hresult(ERROR_INVALID_PARAMETER);
    if (size_out)
        memory_set32(k->e, size_out, DEVICE_DATA_SIZE * per_call);
    u32 handle = xam_enumerator(k, DEVICE_DATA_SIZE, 2, per_call, &address);
    if (!handle)
        return ERROR_OUTOFMEMORY;
    for (u32 device = DEVICE_ID_HDD; device <= DEVICE_ID_DVD; device++) {
        device_data(k, device, data);
        memory_write(k->e, address + (device - 1) * DEVICE_DATA_SIZE, data, sizeof data);
    }
    memory_set32(k->e, kcall_u32(k, 4), handle);
    return ERROR_SUCCESS;
}
