/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/device.h"

#include "emu/apu/apu.h"
#include "emu/gpu/gpu.h"

void device_tick(struct engine *e)
{
    gpu_tick(e);
    apu_tick(e);
}

enum registers { REGISTERS_NONE, REGISTERS_GPU, REGISTERS_XMA };

/* Whose registers these are, and the first one's number. */
static enum registers find(u32 ea, u32 size, u32 *reg)
{
    if ((size != 4 && size != 8) || ea % size)
        return REGISTERS_NONE;
    *reg = (ea & 0xFFFF) / 4;
    if (ea - GPU_MMIO < GPU_MMIO_SIZE)
        return REGISTERS_GPU;
    return ea - XMA_MMIO < XMA_MMIO_SIZE ? REGISTERS_XMA : REGISTERS_NONE;
}

bool device_load(struct engine *e, u32 ea, u32 size, void *out)
{
    u32 reg = 0;
    enum registers device = find(ea, size, &reg);
    if (device == REGISTERS_NONE)
        return false;
    for (u32 i = 0; i < size / 4; i++)
        store_be32((u8 *)out + i * 4, device == REGISTERS_GPU ? gpu_load(e, reg + i) : xma_load(e, reg + i));
    return true;
}

bool device_store(struct engine *e, u32 ea, u32 size, const void *bytes)
{
    u32 reg = 0;
    enum registers device = find(ea, size, &reg);
    if (device == REGISTERS_NONE)
        return false;
    for (u32 i = 0; i < size / 4; i++) {
        u32 value = load_be32((const u8 *)bytes + i * 4);
        if (device == REGISTERS_GPU)
            gpu_store(e, reg + i, value);
        else
            xma_store(e, reg + i, value);
    }
    return true;
}
