/* SPDX-License-Identifier: BSD-3-Clause
 * What each packet does. */
#include "emu/gpu/gpu.h"

#include "emu/kernel/sched.h"
#include "emu/kernel/service.h"
#include "emu/memory/memory.h"

enum packet_state { PACKET_NONE, PACKET_DONE, PACKET_DRAW, PACKET_SKIP };

enum opcode {
#define PACKET(opcode, name, state) PM4_##name = opcode,
#include "schema/gpu.def"
};

static const struct {
    const char *name;
    u8 state;
} packets[GPU_OPCODES] = {
#define PACKET(opcode, name, state) [opcode] = {#name, PACKET_##state},
#include "schema/gpu.def"
};

#define SWAP_SIGNATURE 0x53574150u

enum { EVENT_MASK = 0x3F, VIZ_START = 7, VIZ_END = 8, QUERY_WORDS = 8, EXTENT_MAX = 8192 / 8 };

/* Named once, counted always. */
static void note_unknown(struct engine *e, u32 opcode, u32 count)
{
    struct gpu *gpu = &e->m->gpu;
    gpu->unknown++;
    if (gpu->noted[opcode])
        return;
    gpu->noted[opcode] = 1;
    const char *name = packets[opcode].name;
    engine_note(e, "the GPU does not carry out packet %02X %s (%u words)", opcode, name ? name : "(unknown)", count);
}

static void write_registers(struct engine *e, u32 reg, const u32 *word, u32 count)
{
    for (u32 i = 0; i < count; i++)
        gpu_write_register(e, reg + i, word[i]);
}

/* The register that a constant's offset and type mean; GPU_REGISTERS: none. */
static u32 constant_register(u32 offset_type)
{
    static const u32 base[] = {GPU_ALU_CONSTANTS, GPU_FETCH_CONSTANTS, GPU_BOOL_CONSTANTS, GPU_LOOP_CONSTANTS,
                               GPU_CONTEXT};
    u32 type = offset_type >> 16 & 0xFF;
    return type < countof(base) ? base[type] + (offset_type & 0x7FF) : GPU_REGISTERS;
}

static void load_constants(struct engine *e, const u32 *word)
{
    u32 reg = constant_register(word[1]);
    for (u32 i = 0; i < (word[2] & 0xFFF); i++)
        gpu_write_register(e, reg + i, gpu_read_memory(e, ((word[0] + i * 4) & ~3u) | 2));
}

static bool is_true(u32 how, u32 value, u32 reference)
{
    switch (how & 7) {
    case 1:
        return value < reference;
    case 2:
        return value <= reference;
    case 3:
        return value == reference;
    case 4:
        return value != reference;
    case 5:
        return value >= reference;
    case 6:
        return value > reference;
    case 7:
        return true;
    default:
        return false;
    }
}

/* Memory, or a register; caches are coherent as soon as somebody asks. */
static u32 polled(struct engine *e, u32 how, u32 address)
{
    struct gpu *gpu = &e->m->gpu;
    if (how & 0x10)
        return gpu_read_memory(e, address);
    if (address == GPU_COHER_STATUS)
        gpu->reg[GPU_COHER_STATUS] = 0;
    return gpu_load(e, address);
}

static enum gpu_result wait_for(struct engine *e, u32 how, u32 address, u32 reference, u32 mask)
{
    return is_true(how, polled(e, how, address) & mask, reference) ? GPU_GOES_ON : GPU_WAITS;
}

static void write_if(struct engine *e, const u32 *word)
{
    if (!is_true(word[0], polled(e, word[0], word[1]) & word[3], word[2]))
        return;
    if (word[0] & 0x100)
        gpu_write_memory(e, word[4], word[5]);
    else
        gpu_write_register(e, word[4], word[5]);
}

static void modify_register(struct engine *e, const u32 *word)
{
    u32 reg = word[0] & 0x1FFF;
    u32 value = gpu_load(e, reg);
    value &= word[0] >> 31 ? gpu_load(e, word[1] & 0x1FFF) : word[1];
    value |= word[0] >> 30 & 1 ? gpu_load(e, word[2] & 0x1FFF) : word[2];
    gpu_write_register(e, reg, value);
}

static void write_memory(struct engine *e, const u32 *word, u32 count)
{
    for (u32 i = 0; i + 1 < count; i++)
        gpu_write_memory(e, word[0] + i * 4, word[1 + i]);
}

static void interrupt(struct engine *e, u32 mask)
{
    const struct gpu *gpu = &e->m->gpu;
    for (u32 hw = 0; gpu->callback && hw < HW_THREADS; hw++) {
        if (mask & 1u << hw)
            service_interrupt(e, hw, gpu->callback, 1, gpu->callback_context);
    }
}

/* A fence: a value, or how many vertical blanks there were, when all before it is done. */
static void write_fence(struct engine *e, const u32 *word)
{
    gpu_write_register(e, GPU_EVENT_INITIATOR, word[0] & EVENT_MASK);
    gpu_write_memory(e, word[1], word[0] >> 31 ? (u32)e->m->gpu.vblanks : word[2]);
}

/* Which part of the screen draws touched: all of it, as nothing is drawn that could tell. Lowest and highest x, y (in
 * eighths), z. */
static void write_extent(struct engine *e, const u32 *word)
{
    static const u16 extent[6] = {0, EXTENT_MAX, 0, EXTENT_MAX, 0, 1};
    gpu_write_register(e, GPU_EVENT_INITIATOR, word[0] & EVENT_MASK);
    for (u32 i = 0; i < 3; i++)
        gpu_write_memory(e, (word[1] & ~3u) + i * 4 + 2, (u32)extent[2 * i] << 16 | extent[2 * i + 1]);
}

/* The samples that passed since the query began: none, as nothing is drawn. */
static void write_sample_count(struct engine *e, const u32 *word)
{
    gpu_write_register(e, GPU_EVENT_INITIATOR, word[0] & EVENT_MASK);
    u32 address = e->m->gpu.reg[GPU_SAMPLE_COUNT_ADDRESS];
    for (u32 i = 0; i < QUERY_WORDS; i++)
        gpu_write_memory(e, (address & ~3u) + i * 4, 0);
}

/* The end of a visibility query says that it was visible: what is hidden is known to who draws. */
static void query_visibility(struct engine *e, u32 word)
{
    u32 id = word & 0x3F;
    bool is_end = word & 0x100;
    gpu_write_register(e, GPU_EVENT_INITIATOR, is_end ? VIZ_END : VIZ_START);
    if (is_end)
        e->m->gpu.reg[GPU_VIZ_STATUS_0 + id / 32] |= 1u << id % 32;
}

/* signature, front buffer, width, height, format. It waits until the display has shown the frame before for long
 * enough.
 */
static enum gpu_result swap(struct engine *e, const u32 *word)
{
    struct gpu *gpu = &e->m->gpu;
    if (word[0] != SWAP_SIGNATURE) {
        note_unknown(e, PM4_SWAP, 5);
        return GPU_GOES_ON;
    }
    if (gpu->vblanks < gpu->next_swap) {
        sched_deadline(e, gpu_vblank_tick(e->m, gpu->next_swap));
        return GPU_WAITS;
    }
    gpu->next_swap = gpu->vblanks + e->m->config.swap_vblanks;
    struct event event = event_begin(e, EVENT_swap, 0);
    event.v[F_swap_number] = ++gpu->swaps;
    event.v[F_swap_front_buffer] = word[1];
    event.v[F_swap_width] = word[2];
    event.v[F_swap_height] = word[3];
    event.v[F_swap_format] = word[4];
    event.v[F_swap_packets] = gpu->packets;
    event.v[F_swap_draws] = gpu->draws;
    event.v[F_swap_unknown] = gpu->unknown;
    event_emit(e, &event);
    gpu->packets = gpu->draws = gpu->unknown = 0;
    return GPU_GOES_ON;
}

static void set_half(u64 *whole, u32 word, u32 shift)
{
    *whole = (*whole & ~(0xFFFFFFFFull << shift)) | (u64)word << shift;
}

/* Words that a packet must have. */
static u32 least(u32 opcode)
{
    switch (opcode) {
    case PM4_COND_WRITE:
        return 6;
    case PM4_WAIT_REG_MEM:
    case PM4_SWAP:
        return 5;
    case PM4_WAIT_REG_EQ:
    case PM4_WAIT_REG_GTE:
    case PM4_REG_RMW:
    case PM4_EVENT_WRITE_SHD:
    case PM4_LOAD_ALU_CONSTANT:
        return 3;
    case PM4_REG_TO_MEM:
    case PM4_INDIRECT_BUFFER:
    case PM4_INDIRECT_BUFFER_PFD:
    case PM4_EVENT_WRITE_EXT:
    case PM4_SET_BIN_MASK:
    case PM4_SET_BIN_SELECT:
        return 2;
    default:
        return 1;
    }
}

static void set_bins(struct gpu *gpu, u32 opcode, const u32 *word)
{
    u64 *bins = opcode == PM4_SET_BIN_MASK || opcode == PM4_SET_BIN_MASK_LO || opcode == PM4_SET_BIN_MASK_HI
                    ? &gpu->bin_mask
                    : &gpu->bin_select;
    if (opcode == PM4_SET_BIN_MASK || opcode == PM4_SET_BIN_SELECT)
        *bins = (u64)word[0] << 32 | word[1];
    else
        set_half(bins, word[0], opcode == PM4_SET_BIN_MASK_HI || opcode == PM4_SET_BIN_SELECT_HI ? 32 : 0);
}

static void run_at_once(struct engine *e, u32 opcode, const u32 *word, u32 count)
{
    switch (opcode) {
    case PM4_REG_RMW:
        modify_register(e, word);
        break;
    case PM4_VIZ_QUERY:
        query_visibility(e, word[0]);
        break;
    case PM4_SET_CONSTANT:
        write_registers(e, constant_register(word[0]), word + 1, count - 1);
        break;
    case PM4_SET_CONSTANT2:
    case PM4_SET_SHADER_CONSTANTS:
        write_registers(e, word[0] & 0xFFFF, word + 1, count - 1);
        break;
    case PM4_LOAD_ALU_CONSTANT:
        load_constants(e, word);
        break;
    case PM4_INDIRECT_BUFFER:
    case PM4_INDIRECT_BUFFER_PFD:
        if (!gpu_call(e, word[0], word[1] & 0xFFFFF))
            note_unknown(e, opcode, count);
        break;
    case PM4_MEM_WRITE:
        write_memory(e, word, count);
        break;
    case PM4_REG_TO_MEM:
        gpu_write_memory(e, word[1], gpu_load(e, word[0]));
        break;
    case PM4_COND_WRITE:
        write_if(e, word);
        break;
    case PM4_EVENT_WRITE:
        gpu_write_register(e, GPU_EVENT_INITIATOR, word[0] & EVENT_MASK);
        break;
    case PM4_EVENT_WRITE_SHD:
        write_fence(e, word);
        break;
    case PM4_EVENT_WRITE_EXT:
        write_extent(e, word);
        break;
    case PM4_EVENT_WRITE_ZPD:
        write_sample_count(e, word);
        break;
    case PM4_INTERRUPT:
        interrupt(e, word[0]);
        break;
    case PM4_SET_BIN_MASK:
    case PM4_SET_BIN_SELECT:
    case PM4_SET_BIN_MASK_LO:
    case PM4_SET_BIN_MASK_HI:
    case PM4_SET_BIN_SELECT_LO:
    case PM4_SET_BIN_SELECT_HI:
        set_bins(&e->m->gpu, opcode, word);
        break;
    default:
        break; /* waits for what is done at once here, caches, padding */
    }
}

/* Those that may have to wait, and the others. */
static enum gpu_result run(struct engine *e, u32 opcode, const u32 *word, u32 count)
{
    switch (opcode) {
    case PM4_WAIT_REG_MEM:
        return wait_for(e, word[0], word[1], word[2], word[3]);
    case PM4_WAIT_REG_EQ:
        return wait_for(e, 3, word[0], word[1], word[2]);
    case PM4_WAIT_REG_GTE:
        return wait_for(e, 5, word[0], word[1], word[2]);
    case PM4_SWAP:
        return swap(e, word);
    default:
        run_at_once(e, opcode, word, count);
        return GPU_GOES_ON;
    }
}

/* Type 3. A predicated packet is for the bins that are selected. */
static enum gpu_result run_opcode(struct engine *e, u32 header, const u32 *word, u32 count)
{
    struct gpu *gpu = &e->m->gpu;
    u32 opcode = header >> 8 & 0x7F;
    if ((header & 1) && !(gpu->bin_mask & gpu->bin_select))
        return GPU_GOES_ON;
    u8 state = packets[opcode].state;
    if (state == PACKET_DRAW)
        gpu->draws += opcode == PM4_DRAW_INDX || opcode == PM4_DRAW_INDX_2;
    else if (state != PACKET_DONE || count < least(opcode))
        note_unknown(e, opcode, count);
    else
        return run(e, opcode, word, count);
    return GPU_GOES_ON;
}

enum gpu_result gpu_packet(struct engine *e, u32 header, const u32 *word, u32 count)
{
    enum gpu_result result = GPU_GOES_ON;
    switch (header >> 30) {
    case 0:
        for (u32 i = 0; i < count; i++)
            gpu_write_register(e, (header & 0x7FFF) + (header >> 15 & 1 ? 0 : i), word[i]);
        break;
    case 1:
        gpu_write_register(e, header & 0x7FF, word[0]);
        gpu_write_register(e, header >> 11 & 0x7FF, word[1]);
        break;
    case 3:
        result = run_opcode(e, header, word, count);
        break;
    default:
        break;
    }
    e->m->gpu.packets += result == GPU_GOES_ON;
    return result;
}
