/* SPDX-License-Identifier: BSD-3-Clause
 * Listing directories and symbolic links. A directory call gives one entry, as the console's does; the order is that of
 * the names. */
#include "emu/kernel/file.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

/* FILE_DIRECTORY_INFORMATION up to its name. */
enum { ENTRY_NAME = 64, ENTRY_MIN = 72 };

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* `*` any text, `?` any one character; no recursion, so that no pattern is slow. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == '?' || (*pattern && upper(*pattern) == upper(*name))) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* The old DOS spelling for everything. */
static bool is_everything(const char *pattern)
{
    return pattern[0] == '\0' || strcmp(pattern, "*") == 0 || strcmp(pattern, "*.*") == 0;
}

/* The last component of a pattern with a path. */
static const char *last_component(const char *pattern)
{
    const char *slash = strrchr(pattern, '\\');
    return slash ? slash + 1 : pattern;
}

/* The pattern is taken with the first call of an enumeration, and with a restart. */
static u32 begin(struct kcall *k, const struct file *file, u32 pattern, bool restart)
{
    struct open_file *open = file->open;
    char text[VPATH_MAX] = "";
    if (open->enumerating && !restart)
        return STATUS_SUCCESS;
    if (pattern && !file_read_string(k->e, pattern, text, sizeof text))
        return STATUS_OBJECT_NAME_INVALID;
    const char *last = last_component(text);
    if (strlen(last) >= sizeof open->pattern)
        return STATUS_OBJECT_NAME_INVALID;
    if (!open->enumerating || last[0]) {
        memset(open->pattern, 0, sizeof open->pattern);
        memcpy(open->pattern, last, strlen(last));
    }
    open->enumerating = 1;
    memset(open->place, 0, sizeof open->place);
    return STATUS_SUCCESS;
}

/* The first child behind the name given last: a place that survives deletions. */
static u32 next_entry(struct kcall *k, const struct file *file)
{
    const struct open_file *open = file->open;
    u32 child = 0;
    while ((child = vfs_child(k->e, open->node, child)) != 0) {
        const char *name = vfs_node(k->e, child)->name;
        if (open->place[0] && vfs_compare(name, open->place) <= 0)
            continue;
        if (is_everything(open->pattern) || matches(open->pattern, name))
            return child;
    }
    return 0;
}

static void put_entry(u8 *out, const struct vnode *n, u32 index)
{
    u64 unit = vfs_is_disc(n->device) ? 2048 : VBLOCK_SIZE;
    store_be32(out + 4, index);
    store_be64(out + 8, n->created);
    store_be64(out + 16, n->written);
    store_be64(out + 24, n->written);
    store_be64(out + 32, n->written);
    store_be64(out + 40, n->size);
    store_be64(out + 48, (n->size + unit - 1) / unit * unit);
    store_be32(out + 56, n->attributes);
    store_be32(out + 60, (u32)strlen(n->name));
    memcpy(out + ENTRY_NAME, n->name, strlen(n->name));
}

static u32 list(struct kcall *k, const struct file *file, u32 *written)
{
    u32 out = kcall_u32(k, 5);
    u32 length = kcall_u32(k, 6);
    bool first = !file->open->enumerating;
    if (!(file->node->attributes & VFS_DIRECTORY))
        return STATUS_INVALID_PARAMETER;
    if (length < ENTRY_MIN)
        return STATUS_INFO_LENGTH_MISMATCH;
    u32 status = begin(k, file, kcall_u32(k, 7), k->arg[8] & 0xFF);
    if (status != STATUS_SUCCESS)
        return status;
    u32 child = next_entry(k, file);
    file_begin(k);
    if (child == 0)
        return first ? STATUS_NO_SUCH_FILE : STATUS_NO_MORE_FILES;
    const struct vnode *n = vfs_node(k->e, child);
    u8 bytes[ENTRY_NAME + VNAME_MAX] = {0};
    put_entry(bytes, n, child);
    u32 size = ENTRY_NAME + (u32)strlen(n->name);
    if (length < size)
        return STATUS_BUFFER_OVERFLOW;
    if (!memory_write(k->e, out, bytes, size))
        return STATUS_ACCESS_VIOLATION;
    memcpy(file->open->place, n->name, sizeof file->open->place);
    *written = size;
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtQueryDirectoryFile(struct kcall *k)
{
    struct file file;
    u32 status;
    u32 written = 0;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status) || !file_check_event(k, &status))
        return status;
    status = list(k, &file, &written);
    file_emit_node(k, &file, status, 0, written, 0);
    return file_complete(k, &file, status, written, 0);
}

u64 xboxkrnl_ObCreateSymbolicLink(struct kcall *k)
{
    char name[VPATH_MAX], target[VPATH_MAX];
    if (!file_read_string(k->e, kcall_u32(k, 0), name, sizeof name) ||
        !file_read_string(k->e, kcall_u32(k, 1), target, sizeof target))
        return STATUS_INVALID_PARAMETER;
    return vfs_link(k->e, name, target);
}

u64 xboxkrnl_ObDeleteSymbolicLink(struct kcall *k)
{
    char name[VPATH_MAX];
    if (!file_read_string(k->e, kcall_u32(k, 0), name, sizeof name))
        return STATUS_INVALID_PARAMETER;
    return vfs_unlink(k->e, name);
}
