/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/answers.h"

#include "emu/vfs/vfs.h"

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
        return give_list(a->disc, answer);
    case INPUT_disc_read:
        return folder_read(a->disc, key >> 32, (key & 0xFFFFFFFF) * VFS_DISC_BLOCK, VFS_DISC_BLOCK, &answer->data,
                           &answer->size, err);
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
    for (u32 i = 0; i < DEVICES; i++)
        folder_close(a->partition[i]);
    pads_free(a->pads);
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
