/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel calls on the display and the GPU: 1280x720, 60 Hz, progressive, wide, on an HDMI-like cable. */
#include "emu/gpu/gpu.h"
#include "emu/kernel/config.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

enum {
    ASIC_ID = 0x11,
    GAMMA_BT709 = 2,
    DISPLAY_INFORMATION_SIZE = 0x58,
    SWAP_WORDS = 64,
    FETCH_WORDS = 6,
    PERSISTED_SIZE = 64,
    SYSTEM_BUFFER_SIZE = 0x94,
    TYPE_2 = 0x2,
    PM4_SWAP = 0x64,
    RING_LOG2_MAX = 22,
};

#define GAMMA_POWER    0x400E38E4u /* 2.22222233 */
#define SWAP_SIGNATURE 0x53574150u
#define PACKET_NOTHING 0x80000000u

static void put_video_mode(struct kcall *k)
{
    u8 mode[VIDEO_MODE_SIZE];
    config_video_mode(mode);
    if (!memory_write(k->e, kcall_u32(k, 0), mode, sizeof mode))
        sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
}

u64 xboxkrnl_VdQueryVideoMode(struct kcall *k)
{
    put_video_mode(k);
    return 0;
}

u64 xboxkrnl_VdQueryRealVideoMode(struct kcall *k)
{
    put_video_mode(k);
    return 0;
}

/* Bit 0: wide, 1: at least 1024 pixels a line, 2: at least 1920. */
u64 xboxkrnl_VdQueryVideoFlags(struct kcall *k)
{
    (void)k;
    return 3;
}

/* Front buffer, scaler (source and destination rectangles, filters), overscan, display. */
u64 xboxkrnl_VdGetCurrentDisplayInformation(struct kcall *k)
{
    u8 info[DISPLAY_INFORMATION_SIZE] = {0};
    store_be16(info, 1280);
    store_be16(info + 2, 720);
    store_be32(info + 0x10, 1280);
    store_be32(info + 0x14, 720);
    store_be32(info + 0x18, 1280);
    store_be32(info + 0x1C, 720);
    store_be32(info + 0x20, 1);
    store_be32(info + 0x30, 1);
    store_be16(info + 0x40, 320);
    store_be16(info + 0x42, 180);
    store_be16(info + 0x44, 320);
    store_be16(info + 0x46, 180);
    store_be16(info + 0x48, 1280);
    store_be16(info + 0x4A, 720);
    store_be32(info + 0x4C, 0x42700000); /* 60.0f */
    store_be16(info + 0x56, 1280);
    if (!memory_write(k->e, kcall_u32(k, 0), info, sizeof info))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_VdGetCurrentDisplayGamma(struct kcall *k)
{
    if (!memory_set32(k->e, kcall_u32(k, 0), GAMMA_BT709) || !memory_set32(k->e, kcall_u32(k, 1), GAMMA_POWER))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

/* No display is turned: every mode is taken, and shown as it is. */
u64 xboxkrnl_VdSetDisplayMode(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_VdSetDisplayModeOverride(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_VdEnableDisableClockGating(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_VdGetGraphicsAsicID(struct kcall *k)
{
    (void)k;
    return ASIC_ID;
}

/* The link to the EDRAM always trains. */
u64 xboxkrnl_VdIsHSIOTrainingSucceeded(struct kcall *k)
{
    (void)k;
    return 1;
}

u64 xboxkrnl_VdRetrainEDRAM(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_VdRetrainEDRAMWorker(struct kcall *k)
{
    (void)k;
    return 0;
}

/* The microcode that it is given is the machine's own already. */
u64 xboxkrnl_VdInitializeEngines(struct kcall *k)
{
    gpu_reset(k->e);
    return 1;
}

u64 xboxkrnl_VdShutdownEngines(struct kcall *k)
{
    gpu_reset(k->e);
    return 0;
}

u64 xboxkrnl_VdSetGraphicsInterruptCallback(struct kcall *k)
{
    gpu_set_callback(k->e, kcall_u32(k, 0), kcall_u32(k, 1));
    return 0;
}

/* The size is the logarithm of quadwords. */
u64 xboxkrnl_VdInitializeRingBuffer(struct kcall *k)
{
    u32 log2 = kcall_u32(k, 1);
    gpu_set_ring(k->e, kcall_u32(k, 0), log2 <= RING_LOG2_MAX ? 2u << log2 : 0);
    return 0;
}

/* It is told at every slice in which it moved, not by blocks. */
u64 xboxkrnl_VdEnableRingBufferRPtrWriteBack(struct kcall *k)
{
    k->m->gpu.writeback = kcall_u32(k, 0) & 0x1FFFFFFC;
    return 0;
}

/* The system's own commands would stand in a buffer; there are none. What stands for it is a mark that no memory has.
 */
u64 xboxkrnl_VdGetSystemCommandBuffer(struct kcall *k)
{
    u8 buffer[SYSTEM_BUFFER_SIZE] = {0};
    store_be32(buffer, 0xBEEF0000);
    if (!memory_write(k->e, kcall_u32(k, 0), buffer, sizeof buffer) || !memory_set32(k->e, kcall_u32(k, 1), 0xBEEF0001))
        return sync_fault(k, FAULT_WRITE, kcall_u32(k, 0));
    return 0;
}

u64 xboxkrnl_VdSetSystemCommandBufferGpuIdentifierAddress(struct kcall *k)
{
    (void)k;
    return 0;
}

/* Pictures are shown as they are: the scaler's commands are nothing, as many as there is room for. */
u64 xboxkrnl_VdInitializeScalerCommandBuffer(struct kcall *k)
{
    u32 destination = kcall_u32(k, 10), count = kcall_u32(k, 11);
    for (u32 i = 0; i < count; i++) {
        if (!memory_set32(k->e, destination + i * 4, PACKET_NOTHING))
            return sync_fault(k, FAULT_WRITE, destination + i * 4);
    }
    return count;
}

/* Who would be told that the scaling changed. It never does. */
u64 xboxkrnl_VdRegisterGraphicsNotification(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xboxkrnl_VdCallGraphicsNotificationRoutines(struct kcall *k)
{
    (void)k;
    return 0;
}

/* What is shown stays over the title's end. The title frees the block that says so. */
u64 xboxkrnl_VdPersistDisplay(struct kcall *k)
{
    u32 out = kcall_u32(k, 1);
    if (!out)
        return 1;
    u32 block =
        physical_alloc(k->e, 0, 0x1FFFFFFF, PERSISTED_SIZE, 32, PAGE_SIZE, PAGE_COMMITTED | PAGE_READ | PAGE_WRITE);
    if (!memory_set32(k->e, out, block))
        return sync_fault(k, FAULT_WRITE, out);
    return block != 0;
}

static u32 physical_of(u32 address)
{
    u32 physical;
    return memory_physical(address, &physical) ? physical : address & 0x1FFFFFFF;
}

/* The commands that show a frame: the front buffer as fetch constant 0 (by physical address, where the title has a
 * virtual one), then the swap itself, in the 64 words of the ring that the caller left free. */
u64 xboxkrnl_VdSwap(struct kcall *k)
{
    struct engine *e = k->e;
    u32 word[SWAP_WORDS];
    u8 fetch[FETCH_WORDS * 4], bytes[SWAP_WORDS * 4];
    u32 buffer = kcall_u32(k, 0);
    if (!memory_read(e, kcall_u32(k, 1), fetch, sizeof fetch))
        return sync_fault(k, FAULT_READ, kcall_u32(k, 1));
    for (u32 i = 0; i < SWAP_WORDS; i++)
        word[i] = PACKET_NOTHING;
    word[0] = (FETCH_WORDS - 1) << 16 | GPU_FETCH_CONSTANTS;
    for (u32 i = 0; i < FETCH_WORDS; i++)
        word[1 + i] = load_be32(fetch + i * 4);
    word[2] = (word[2] & 0xFFF) | (physical_of(word[2] & ~0xFFFu) & ~0xFFFu);
    word[7] = 3u << 30 | 4u << 16 | PM4_SWAP << 8;
    word[8] = SWAP_SIGNATURE;
    word[9] = physical_of(memory_get32(e, kcall_u32(k, 5)));
    word[10] = memory_get32(e, kcall_u32(k, 8));
    word[11] = memory_get32(e, kcall_u32(k, 9));
    word[12] = memory_get32(e, kcall_u32(k, 6));
    for (u32 i = 0; i < SWAP_WORDS; i++)
        store_be32(bytes + i * 4, word[i]);
    return memory_write(e, buffer, bytes, sizeof bytes) ? 0 : sync_fault(k, FAULT_WRITE, buffer);
}
