/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "emu/host/answers.h"
#include "emu/host/hex.h"

#include "emu/vfs/vfs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static bool give_u64(struct answers *a, u64 value, struct nondet_answer *answer)
{
    for (u32 i = 0; i < 8; i++)
        a->number[i] = (u8)(value >> (8 * i));
    answer->data = a->number;
    answer->size = 8;
    return true;
}

static bool give_list(const struct folder *folder, struct nondet_answer *answer)
{
    answer->data = (const u8 *)"";
    answer->size = 0;
    if (folder)
        answer->data = (const u8 *)folder_list(folder, &answer->size);
    return true;
}

static bool give_disc_list(struct answers *a, u64 key, struct nondet_answer *answer)
{
    if (!key)
        return give_list(a->disc, answer);
    *answer = (struct nondet_answer){(const u8 *)"", 0};
    if (key <= MOUNTS_MAX && a->mounts[key - 1].list)
        *answer = (struct nondet_answer){(const u8 *)a->mounts[key - 1].list, a->mounts[key - 1].list_size};
    return true;
}

static bool give_disc_read(struct answers *a, u64 key, struct nondet_answer *answer, struct err *err)
{
    u64 mount = key >> 56;
    struct folder *folder = !mount ? a->disc : mount <= MOUNTS_MAX ? a->mounts[mount - 1].folder : NULL;
    if (!folder)
        return err_set(err, "a file of mount %llu was asked for, which is not there", (unsigned long long)mount);
    return folder_read(folder, key >> 32 & 0xFFFFFF, (key & 0xFFFFFFFF) * VFS_DISC_BLOCK, VFS_DISC_BLOCK, &answer->data,
                       &answer->size, err);
}

static bool give_partition_file(struct answers *a, u64 key, struct nondet_answer *answer, struct err *err)
{
    u32 device = (u32)(key >> 32);
    if (device >= DEVICES || !a->partition[device])
        return err_set(err, "a file of partition %u was asked for, which is empty", device);
    return folder_read(a->partition[device], (u32)key, 0, folder_size(a->partition[device], (u32)key), &answer->data,
                       &answer->size, err);
}

static bool give_pad(struct answers *a, u64 pad, u64 tick, struct nondet_answer *answer)
{
    answer->data = a->pad;
    answer->size = a->pads && pads_state(a->pads, pad, tick, a->pad) ? sizeof a->pad : 0;
    return true;
}

bool answers_give(void *context, enum input_kind kind, u64 key, u64 tick, struct nondet_answer *answer, struct err *err)
{
    struct answers *a = context;
    switch (kind) {
    case INPUT_boot_time:
        return give_u64(a, a->boot_time, answer);
    case INPUT_boot_seed:
        return give_u64(a, a->seed, answer);
    case INPUT_setting:
        if (key < SETTINGS)
            return give_u64(a, a->setting[key], answer);
        break;
    case INPUT_partition_list:
        return give_list(key < DEVICES ? a->partition[key] : NULL, answer);
    case INPUT_partition_file:
        return give_partition_file(a, key, answer, err);
    case INPUT_disc_list:
        return give_disc_list(a, key, answer);
    case INPUT_disc_read:
        return give_disc_read(a, key, answer, err);
    case INPUT_launch_data:
        *answer = (struct nondet_answer){a->launch_data, a->launch_size};
        return true;
    case INPUT_pad:
        return give_pad(a, key, tick, answer);
    default:
        break;
    }
    return err_set(err, "the run asked a question that the host does not know (kind %u, key %llu)", kind,
                   (unsigned long long)key);
}

void answers_finish(struct answers *a)
{
    folder_close(a->disc);
    for (u32 i = 0; i < MOUNTS_MAX; i++) {
        folder_close(a->mounts[i].folder);
        free(a->mounts[i].list);
    }
    for (u32 i = 0; i < DEVICES; i++)
        folder_close(a->partition[i]);
    pads_free(a->pads);
}

bool answers_launch_data(struct answers *a, const char *text, struct err *err)
{
    size_t digits = strlen(text);
    if (digits % 2 || hex_digits(text) != digits || digits / 2 > LAUNCH_DATA_MAX)
        return err_set(err, "--launch-data %.40s: expected pairs of hex digits, at most %d", text, LAUNCH_DATA_MAX);
    a->launch_size = (u32)digits / 2;
    hex_bytes(text, a->launch_data, a->launch_size);
    return true;
}

static bool is_mount_name(const char *name, size_t length)
{
    static const char *const taken[] = {"game", "d", "cache", "cache0", "cache1", "hdd"};
    for (size_t i = 0; i < countof(taken); i++)
        if (strlen(taken[i]) == length && !strncasecmp(taken[i], name, length))
            return false;
    for (size_t i = 0; i < length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", name[i]))
            return false;
    return length && length < sizeof((struct mount *)0)->name;
}

static bool make_list(struct mount *m, struct err *err)
{
    size_t size;
    const char *list = folder_list(m->folder, &size);
    size_t front = strlen(m->name) + 3;
    m->list = malloc(front + size + 1);
    if (!m->list)
        return err_set(err, "%s: no memory for its list", m->path);
    snprintf(m->list, front + 1, "m %s\n", m->name);
    memcpy(m->list + front, list, size);
    m->list_size = front + size;
    return true;
}

bool answers_check_mount(const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    return (equals && is_mount_name(text, (size_t)(equals - text)) && strlen(equals) < PATH_MAX) ||
           err_set(err,
                   "--mount %s: expected NAME=PATH, with a NAME of up to 15 letters and digits that is no drive yet",
                   text);
}

bool answers_mount(struct answers *a, const char *text, u64 filetime, struct err *err)
{
    if (!answers_check_mount(text, err))
        return false;
    const char *equals = strchr(text, '=');
    size_t length = (size_t)(equals - text);
    u32 i = 0;
    while (i < MOUNTS_MAX && a->mounts[i].name[0] &&
           (strlen(a->mounts[i].name) != length || strncasecmp(a->mounts[i].name, text, length) != 0))
        i++;
    if (i == MOUNTS_MAX)
        return err_set(err, "--mount %s: more than %d mounts", text, MOUNTS_MAX);
    struct mount *m = &a->mounts[i];
    folder_close(m->folder);
    free(m->list);
    *m = (struct mount){0};
    memcpy(m->name, text, length);
    if (!realpath(equals + 1, m->path))
        return err_set(err, "--mount %s: %s", text, strerror(errno));
    m->folder = (folder_is_image(m->path) ? folder_open_image : folder_open)(m->path, filetime, err);
    return m->folder && make_list(m, err);
}

const char *partition_folder(u32 device)
{
    switch (device) {
    case DEVICE_CACHE0:
        return "cache";
    case DEVICE_CACHE1:
        return "cache1";
    case DEVICE_HDD:
        return "hdd";
    default:
        return NULL;
    }
}
