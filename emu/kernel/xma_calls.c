/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel calls on XMA contexts: 64 bytes in physical memory that title, kernel and decoder share. A context is called
 * by its address. Fields are a word's bits, from the lowest. */
#include "emu/apu/apu.h"
#include "emu/kernel/kcall.h"
#include "emu/kernel/sync.h"
#include "emu/memory/memory.h"

struct field {
    u8 word;
    u8 shift;
    u8 bits;
};

static const struct field input0_packets = {0, 0, 12}, loop_count = {0, 12, 8}, input0_valid = {0, 20, 1},
                          input1_valid = {0, 21, 1}, output_blocks = {0, 22, 5}, write_offset = {0, 27, 5},
                          input1_packets = {1, 0, 12}, loop_subframe_end = {1, 14, 3}, loop_subframe_skip = {1, 17, 3},
                          subframe_count = {1, 20, 4}, sample_rate = {1, 27, 2}, is_stereo = {1, 29, 1},
                          output_valid = {1, 31, 1}, input_offset = {2, 0, 26}, loop_start = {3, 0, 26},
                          loop_end = {4, 0, 26}, packet_metadata = {4, 26, 5}, input0_address = {5, 0, 32},
                          input1_address = {6, 0, 32}, output_address = {7, 0, 32}, read_offset = {9, 0, 5};

/* XMA_CONTEXT_INIT. */
enum { INIT_SIZE = 56, INIT_LOOP = 0x2C };

static u32 mask(struct field field)
{
    return field.bits == 32 ? UINT32_MAX : (1u << field.bits) - 1;
}

static u32 get(struct kcall *k, struct field field)
{
    return memory_get32(k->e, kcall_u32(k, 0) + field.word * 4) >> field.shift & mask(field);
}

static void set(struct kcall *k, struct field field, u32 value)
{
    u32 address = kcall_u32(k, 0) + field.word * 4;
    u32 word = memory_get32(k->e, address) & ~(mask(field) << field.shift);
    memory_set32(k->e, address, word | (value & mask(field)) << field.shift);
}

/* Argument 0 is a context. */
static bool is_context(struct kcall *k)
{
    return xma_find(k->e, kcall_u32(k, 0)) < XMA_CONTEXTS;
}

static u64 get_field(struct kcall *k, struct field field)
{
    return is_context(k) ? get(k, field) : 0;
}

static u64 set_field(struct kcall *k, struct field field, u32 value)
{
    if (!is_context(k))
        return STATUS_INVALID_PARAMETER;
    set(k, field, value);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XMACreateContext(struct kcall *k)
{
    if (!memory_is_writable(k->e, kcall_u32(k, 0), 4))
        return STATUS_ACCESS_VIOLATION;
    u32 context = xma_create(k->e);
    memory_set32(k->e, kcall_u32(k, 0), context);
    return context ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

u64 xboxkrnl_XMAReleaseContext(struct kcall *k)
{
    if (!is_context(k))
        return STATUS_INVALID_PARAMETER;
    xma_release(k->e, xma_find(k->e, kcall_u32(k, 0)));
    return STATUS_SUCCESS;
}

/* The physical address of a buffer, 0 for none. */
static bool physical(u32 address, u32 *out)
{
    *out = 0;
    return address == 0 || memory_physical(address, out);
}

static void set_loop(struct kcall *k, const u8 *loop)
{
    set(k, loop_start, load_be32(loop));
    set(k, loop_end, load_be32(loop + 4));
    set(k, loop_count, loop[8]);
    set(k, loop_subframe_end, loop[9]);
    set(k, loop_subframe_skip, loop[10]);
}

u64 xboxkrnl_XMAInitializeContext(struct kcall *k)
{
    u8 init[INIT_SIZE];
    u32 input0, input1, output;
    if (!is_context(k))
        return STATUS_INVALID_PARAMETER;
    if (!memory_read(k->e, kcall_u32(k, 1), init, sizeof init))
        return STATUS_ACCESS_VIOLATION;
    if (!physical(load_be32(init), &input0) || !physical(load_be32(init + 8), &input1) ||
        !physical(load_be32(init + 20), &output))
        return STATUS_INVALID_PARAMETER;
    memory_zero(k->e, kcall_u32(k, 0), XMA_CONTEXT_SIZE);
    set(k, input0_address, input0);
    set(k, input0_packets, load_be32(init + 4));
    set(k, input1_address, input1);
    set(k, input1_packets, load_be32(init + 12));
    set(k, input_offset, load_be32(init + 16));
    set(k, output_address, output);
    set(k, output_blocks, load_be32(init + 24));
    set(k, subframe_count, load_be32(init + 32));
    set(k, is_stereo, load_be32(init + 36) >= 1);
    set(k, sample_rate, load_be32(init + 40));
    set_loop(k, init + INIT_LOOP);
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XMASetLoopData(struct kcall *k)
{
    u8 loop[12];
    if (!is_context(k))
        return STATUS_INVALID_PARAMETER;
    if (!memory_read(k->e, kcall_u32(k, 1), loop, sizeof loop))
        return STATUS_ACCESS_VIOLATION;
    set_loop(k, loop);
    return STATUS_SUCCESS;
}

static u64 set_input(struct kcall *k, struct field address, struct field packets)
{
    u32 buffer;
    if (!is_context(k) || !physical(kcall_u32(k, 1), &buffer))
        return STATUS_INVALID_PARAMETER;
    set(k, address, buffer);
    set(k, packets, kcall_u32(k, 2));
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XMASetInputBuffer0(struct kcall *k)
{
    return set_input(k, input0_address, input0_packets);
}

u64 xboxkrnl_XMASetInputBuffer1(struct kcall *k)
{
    return set_input(k, input1_address, input1_packets);
}

u64 xboxkrnl_XMASetInputBuffer0Valid(struct kcall *k)
{
    return set_field(k, input0_valid, 1);
}

u64 xboxkrnl_XMASetInputBuffer1Valid(struct kcall *k)
{
    return set_field(k, input1_valid, 1);
}

u64 xboxkrnl_XMAIsInputBuffer0Valid(struct kcall *k)
{
    return get_field(k, input0_valid);
}

u64 xboxkrnl_XMAIsInputBuffer1Valid(struct kcall *k)
{
    return get_field(k, input1_valid);
}

u64 xboxkrnl_XMASetInputBufferReadOffset(struct kcall *k)
{
    return set_field(k, input_offset, kcall_u32(k, 1));
}

u64 xboxkrnl_XMAGetInputBufferReadOffset(struct kcall *k)
{
    return get_field(k, input_offset);
}

u64 xboxkrnl_XMASetOutputBufferValid(struct kcall *k)
{
    return set_field(k, output_valid, 1);
}

u64 xboxkrnl_XMAIsOutputBufferValid(struct kcall *k)
{
    return get_field(k, output_valid);
}

u64 xboxkrnl_XMASetOutputBufferReadOffset(struct kcall *k)
{
    return set_field(k, read_offset, kcall_u32(k, 1));
}

u64 xboxkrnl_XMAGetOutputBufferReadOffset(struct kcall *k)
{
    return get_field(k, read_offset);
}

u64 xboxkrnl_XMAGetOutputBufferWriteOffset(struct kcall *k)
{
    return get_field(k, write_offset);
}

u64 xboxkrnl_XMAGetPacketMetadata(struct kcall *k)
{
    return get_field(k, packet_metadata);
}

/* The decoder's turn, which does nothing with it yet (emu/apu/xma.c). */
u64 xboxkrnl_XMAEnableContext(struct kcall *k)
{
    u32 context = xma_find(k->e, kcall_u32(k, 0));
    if (context == XMA_CONTEXTS)
        return STATUS_INVALID_PARAMETER;
    xma_store(k->e, XMA_KICK + context / 32, __builtin_bswap32(1u << context % 32));
    return STATUS_SUCCESS;
}

u64 xboxkrnl_XMADisableContext(struct kcall *k)
{
    u32 context = xma_find(k->e, kcall_u32(k, 0));
    if (context == XMA_CONTEXTS)
        return STATUS_INVALID_PARAMETER;
    xma_store(k->e, XMA_LOCK + context / 32, __builtin_bswap32(1u << context % 32));
    return STATUS_SUCCESS;
}

/* Nothing is ever at work on a context. */
u64 xboxkrnl_XMABlockWhileInUse(struct kcall *k)
{
    return is_context(k) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
