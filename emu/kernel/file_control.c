/* SPDX-License-Identifier: BSD-3-Clause
 * NtDeviceIoControlFile: what devices are asked beside reading and writing. Codes and sizes are those that the SDK's
 * run-time library uses, whose mounting of cache partitions checks the answers. */
#include "emu/kernel/file.h"
#include "emu/memory/memory.h"

enum control_code {
    DISC_CHECK_VERIFY = 0x24800,  /* is a readable medium in? */
    DISK_GET_GEOMETRY = 0x70000,  /* sectors, bytes of each */
    DISK_GET_PARTITION = 0x74004, /* u64 offset, u64 length */
};

enum { SECTOR = 512, GEOMETRY_SIZE = 8, PARTITION_SIZE = 16, ANSWER_MAX = 16 };

/* Bytes of the answer; UINT32_MAX: the device does not know the code. UNKNOWN: where on the drive a partition begins;
 * 0 is what the library takes. */
static u32 answer_of(const struct engine *e, bool disc, u32 code, u8 out[ANSWER_MAX])
{
    u32 free_blocks, all_blocks;
    if (disc)
        return code == DISC_CHECK_VERIFY ? 0 : UINT32_MAX;
    vfs_space(e, &free_blocks, &all_blocks);
    switch (code) {
    case DISK_GET_GEOMETRY:
        store_be32(out, all_blocks * (VBLOCK_SIZE / SECTOR));
        store_be32(out + 4, SECTOR);
        return GEOMETRY_SIZE;
    case DISK_GET_PARTITION:
        store_be64(out + 8, (u64)all_blocks * VBLOCK_SIZE);
        return PARTITION_SIZE;
    default:
        return UINT32_MAX;
    }
}

static u32 refuse(struct kcall *k, u32 code)
{
    enum { TOLD_MAX = 8 };
    if (k->e->controls++ < TOLD_MAX)
        engine_note(k->e,
                    "unimplemented: NtDeviceIoControlFile with control code %08X, called by thread %u from %08X; it "
                    "gets STATUS_INVALID_DEVICE_REQUEST",
                    code, k->thread->id, k->lr);
    kcall_refuse(k, STATUS_INVALID_DEVICE_REQUEST);
    return STATUS_INVALID_DEVICE_REQUEST;
}

/* A device is reached by its own name; files and directories on it take no such request, as on NT. */
static u32 control(struct kcall *k, const struct file *file, u32 *written)
{
    u32 code = kcall_u32(k, 5), out = kcall_u32(k, 8);
    u8 answer[ANSWER_MAX] = {0};
    if (file->node->parent)
        return STATUS_INVALID_PARAMETER;
    file_begin(k);
    u32 size = answer_of(k->e, vfs_is_disc(file->node->device), code, answer);
    if (size == UINT32_MAX)
        return refuse(k, code);
    if (kcall_u32(k, 9) < size)
        return STATUS_BUFFER_TOO_SMALL;
    if (!memory_write(k->e, out, answer, size))
        return STATUS_ACCESS_VIOLATION;
    *written = size;
    return STATUS_SUCCESS;
}

u64 xboxkrnl_NtDeviceIoControlFile(struct kcall *k)
{
    struct file file;
    u32 status, written = 0;
    if (!file_from_handle(k, kcall_u32(k, 0), &file, &status) || !file_check_event(k, &status))
        return status;
    if (kcall_u32(k, 4) && !memory_is_writable(k->e, kcall_u32(k, 4), 8))
        return STATUS_ACCESS_VIOLATION;
    status = control(k, &file, &written);
    return file_complete(k, &file, status, written, 0);
}
