/* SPDX-License-Identifier: BSD-3-Clause
 * Registers, the ring, vertical blanks. */
#include "emu/gpu/gpu.h"

#include "emu/kernel/sched.h"
#include "emu/kernel/service.h"
#include "emu/memory/memory.h"

enum { VBLANK_HW = 2, LINES = 750, PACKET_MAX = 0x4000 };

#define PHYSICAL_MASK 0x1FFFFFFFu
#define PHYSICAL_VIEW 0xA0000000u

/* How the bytes of a word are swapped, by the low two bits of an address: not, in halves, all, the halves. */
static u32 swap_bytes(u32 value, u32 kind)
{
    switch (kind & 3) {
    case 1:
        return (value << 8 & 0xFF00FF00) | (value >> 8 & 0x00FF00FF);
    case 2:
        return __builtin_bswap32(value);
    case 3:
        return value >> 16 | value << 16;
    default:
        return value;
    }
}

static u32 memory_word(struct engine *e, u32 physical)
{
    return load_be32(e->mem + PHYSICAL_VIEW + (physical & PHYSICAL_MASK & ~3u));
}

/* The GPU is a little-endian machine. */
u32 gpu_read_memory(struct engine *e, u32 address)
{
    return swap_bytes(__builtin_bswap32(memory_word(e, address)), address);
}

void gpu_write_memory(struct engine *e, u32 address, u32 value)
{
    u8 bytes[4];
    store_be32(bytes, __builtin_bswap32(swap_bytes(value, address)));
    memory_poke(e, PHYSICAL_VIEW + (address & PHYSICAL_MASK & ~3u), bytes, sizeof bytes);
}

static void write_scratch(struct engine *e, u32 i, u32 value)
{
    const struct gpu *gpu = &e->m->gpu;
    if (gpu->reg[GPU_SCRATCH_MASK] & 1u << i)
        gpu_write_memory(e, ((gpu->reg[GPU_SCRATCH_ADDRESS] + i * 4) & ~3u) | 2, value);
}

void gpu_write_register(struct engine *e, u32 reg, u32 value)
{
    struct gpu *gpu = &e->m->gpu;
    if (reg >= GPU_REGISTERS)
        return;
    gpu->reg[reg] = value;
    if (reg >= GPU_SCRATCH_0 && reg <= GPU_SCRATCH_7)
        write_scratch(e, reg - GPU_SCRATCH_0, value);
    else if (reg == GPU_COHER_STATUS)
        gpu->reg[reg] |= 0x80000000u;
}

/* The line that the display is at, in a frame of LINES. */
static u32 line(const struct machine *m)
{
    u64 beat = m->tick * m->config.vblank_hz % TICKS_PER_SECOND;
    return (u32)(beat * LINES / TICKS_PER_SECOND);
}

u32 gpu_load(struct engine *e, u32 reg)
{
    const struct gpu *gpu = &e->m->gpu;
    switch (reg) {
    case GPU_CP_RB_RPTR:
        return gpu->read;
    case GPU_CP_RB_WPTR:
        return gpu->write;
    case GPU_EDRAM_TIMING:
        return 0x08100748;
    case GPU_BC_CONTROL:
        return 0x200E;
    case GPU_V_COUNTER:
        return line(e->m);
    case GPU_INTERRUPT_STATUS:
        return 1; /* a vertical blank */
    case GPU_VIEWPORT_SIZE:
        return 1280u << 16 | 720;
    default:
        return reg < GPU_REGISTERS ? gpu->reg[reg] : 0;
    }
}

void gpu_store(struct engine *e, u32 reg, u32 value)
{
    struct gpu *gpu = &e->m->gpu;
    if (reg != GPU_CP_RB_WPTR) {
        gpu_write_register(e, reg, value);
        return;
    }
    gpu->write = value;
    sched_deadline(e, e->m->slice_end);
}

void gpu_reset(struct engine *e)
{
    struct gpu *gpu = &e->m->gpu;
    gpu->ring = gpu->ring_words = gpu->read = gpu->write = gpu->writeback = 0;
    gpu->depth = 0;
    gpu->next_swap = 0;
    memset(gpu->stream, 0, sizeof gpu->stream);
    gpu->bin_mask = gpu->bin_select = UINT64_MAX;
}

void gpu_set_ring(struct engine *e, u32 physical, u32 words)
{
    gpu_reset(e);
    e->m->gpu.ring = physical & PHYSICAL_MASK;
    e->m->gpu.ring_words = words;
}

void gpu_set_callback(struct engine *e, u32 routine, u32 context)
{
    e->m->gpu.callback = routine;
    e->m->gpu.callback_context = context;
    sched_deadline(e, e->m->slice_end);
}

bool gpu_call(struct engine *e, u32 physical, u32 words)
{
    struct gpu *gpu = &e->m->gpu;
    if (words == 0)
        return true;
    if (gpu->depth == GPU_DEPTH)
        return false;
    gpu->stream[gpu->depth++] = (struct gpu_stream){physical & PHYSICAL_MASK & ~3u, words};
    return true;
}

/* Where the next word is, and how many there are: of the last indirect buffer, or of the ring. */
static struct gpu_stream present(const struct gpu *gpu)
{
    if (gpu->depth)
        return gpu->stream[gpu->depth - 1];
    if (gpu->ring_words == 0 || gpu->write >= gpu->ring_words)
        return (struct gpu_stream){0};
    u32 words = (gpu->write + gpu->ring_words - gpu->read) % gpu->ring_words;
    return (struct gpu_stream){gpu->ring + gpu->read * 4, words};
}

static u32 word_at(struct engine *e, const struct gpu_stream *stream, u32 i)
{
    const struct gpu *gpu = &e->m->gpu;
    if (gpu->depth)
        return memory_word(e, stream->address + i * 4);
    return memory_word(e, gpu->ring + (gpu->read + i) % gpu->ring_words * 4);
}

static void advance(struct gpu *gpu, u32 words)
{
    if (gpu->depth == 0) {
        gpu->read = (gpu->read + words) % gpu->ring_words;
        return;
    }
    struct gpu_stream *stream = &gpu->stream[gpu->depth - 1];
    stream->address += words * 4;
    stream->words -= words;
    if (stream->words == 0)
        memset(&gpu->stream[--gpu->depth], 0, sizeof *stream);
}

/* Words of the packet behind its header. */
static u32 packet_size(u32 header)
{
    switch (header >> 30) {
    case 0:
        return header ? (header >> 16 & 0x3FFF) + 1 : 0; /* a word of zero is padding */
    case 1:
        return 2;
    case 2:
        return 0;
    default:
        return (header >> 16 & 0x3FFF) + 1;
    }
}

static void tell_read(struct engine *e)
{
    const struct gpu *gpu = &e->m->gpu;
    if (gpu->writeback)
        gpu_write_memory(e, gpu->writeback | 2, gpu->read);
}

/* One packet. Returns the words that it took; 0: there is none, or it waits, and stays where it is. A packet that its
 * indirect buffer cuts off ends that buffer; in the ring, the rest is still to come. */
static u32 run_packet(struct engine *e)
{
    struct gpu *gpu = &e->m->gpu;
    struct gpu_stream stream = present(gpu);
    if (stream.words == 0)
        return 0;
    u32 header = word_at(e, &stream, 0);
    u32 count = packet_size(header);
    if (count >= stream.words) {
        if (gpu->depth)
            advance(gpu, stream.words);
        return gpu->depth ? stream.words : 0;
    }
    u32 word[PACKET_MAX];
    for (u32 i = 0; i < count; i++)
        word[i] = word_at(e, &stream, 1 + i);
    u32 read = gpu->read, depth = gpu->depth;
    advance(gpu, count + 1); /* first, as it may begin another buffer */
    if (gpu_packet(e, header, word, count) == GPU_GOES_ON)
        return count + 1;
    gpu->read = read;
    gpu->depth = depth;
    if (depth)
        gpu->stream[depth - 1] = stream;
    return 0;
}

static void run_stream(struct engine *e)
{
    struct machine *m = e->m;
    struct gpu *gpu = &m->gpu;
    u64 allowed = (m->slice_end - m->tick) * m->config.gpu_words_per_tick;
    u32 read = gpu->read;
    u32 words = 1;
    while (gpu->credit < allowed && words) {
        words = run_packet(e);
        gpu->credit += words;
    }
    gpu->credit = gpu->credit > allowed && words ? gpu->credit - allowed : 0;
    if (gpu->read != read)
        tell_read(e);
    if (words)
        sched_deadline(e, m->slice_end);
}

/* A routine that does not return is not called ever more often. */
enum { INTERRUPTS_PENDING = 8 };

u64 gpu_vblank_tick(const struct machine *m, u64 number)
{
    u64 hz = m->config.vblank_hz;
    return (number * TICKS_PER_SECOND + hz - 1) / hz;
}

static void run_vblank(struct engine *e)
{
    struct machine *m = e->m;
    struct gpu *gpu = &m->gpu;
    u64 hz = m->config.vblank_hz;
    u64 vblanks = m->tick * hz / TICKS_PER_SECOND;
    bool is_due = vblanks > gpu->vblanks;
    gpu->vblanks = vblanks;
    if (!gpu->callback)
        return;
    if (is_due && service_pending(m, SERVICE_INTERRUPT + VBLANK_HW) < INTERRUPTS_PENDING)
        service_interrupt(e, VBLANK_HW, gpu->callback, 0, gpu->callback_context);
    sched_deadline(e, gpu_vblank_tick(e->m, vblanks + 1));
}

void gpu_tick(struct engine *e)
{
    run_vblank(e);
    run_stream(e);
}
