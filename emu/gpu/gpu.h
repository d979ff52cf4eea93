/* SPDX-License-Identifier: BSD-3-Clause
 * The GPU as far as the machine needs it: registers, the ring and its indirect buffers, fences, waits, interrupts and
 * vertical blanks, all in virtual time. Nothing is drawn here (design.md: drawing is the host's); draws are counted.
 *
 * The command processor works at the starts of slices, config.gpu_words_per_tick words a tick. Where it waits for a
 * register or a word of memory it looks again at every slice. Sources: PM4 packets and registers as the open drivers
 * of the chip's relatives (R600) and public emulators describe them. */
#ifndef EMU_GPU_GPU_H
#define EMU_GPU_GPU_H

#include "schema/base.h"

#define GPU_MMIO 0x7FC80000u

enum { GPU_MMIO_SIZE = 0x10000, GPU_REGISTERS = 0x5400, GPU_DEPTH = 8, GPU_OPCODES = 128 };

/* Registers by their number (address / 4). */
enum gpu_register {
    GPU_CP_RB_RPTR = 0x01C4,
    GPU_CP_RB_WPTR = 0x01C5,
    GPU_SCRATCH_MASK = 0x01DC,
    GPU_SCRATCH_ADDRESS = 0x01DD,
    GPU_SCRATCH_0 = 0x0578,
    GPU_SCRATCH_7 = 0x057F,
    GPU_COHER_STATUS = 0x0A31,
    GPU_VIZ_STATUS_0 = 0x0C44,
    GPU_EDRAM_TIMING = 0x0F00,
    GPU_BC_CONTROL = 0x0F01,
    GPU_V_COUNTER = 0x194C,
    GPU_INTERRUPT_STATUS = 0x1951,
    GPU_VIEWPORT_SIZE = 0x1961,
    GPU_CONTEXT = 0x2000,
    GPU_EVENT_INITIATOR = 0x21F9,
    GPU_SAMPLE_COUNT_ADDRESS = 0x2325,
    GPU_ALU_CONSTANTS = 0x4000,
    GPU_FETCH_CONSTANTS = 0x4800,
    GPU_BOOL_CONSTANTS = 0x4900,
    GPU_LOOP_CONSTANTS = 0x4908,
};

/* Words of commands still to be read, at a physical address. */
struct gpu_stream {
    u32 address;
    u32 words;
};

/* Part of struct machine. */
struct gpu {
    u64 vblanks; /* so far */
    u64 bin_mask;
    u64 bin_select;
    u64 swaps;
    u64 next_swap; /* not before so many vertical blanks */
    u64 packets;   /* since the last swap */
    u64 draws;
    u64 unknown;
    u64 credit; /* words read beyond what a slice allowed */
    u32 ring;   /* physical address */
    u32 ring_words;
    u32 read; /* word in the ring */
    u32 write;
    u32 writeback;        /* physical address that read is told at; 0: none */
    u32 callback;         /* interrupt routine of the title */
    u32 callback_context; /* its second argument */
    u32 depth;            /* indirect buffers being read, the last one first */
    struct gpu_stream stream[GPU_DEPTH];
    u8 noted[GPU_OPCODES]; /* packets that were told of */
    u32 reg[GPU_REGISTERS];
};

struct engine;

/* Reads on in the command stream; called at the start of a slice, when its end is known. */
void gpu_tick(struct engine *e);

/* What the processor sees at GPU_MMIO, by register. */
u32 gpu_load(struct engine *e, u32 reg);
void gpu_store(struct engine *e, u32 reg, u32 value);

/* What the kernel's video calls do. */
void gpu_reset(struct engine *e);
void gpu_set_ring(struct engine *e, u32 physical, u32 words);
void gpu_set_callback(struct engine *e, u32 routine, u32 context);

/* Within emu/gpu. */
enum gpu_result { GPU_GOES_ON, GPU_WAITS };

struct machine;
/* When the n-th vertical blank begins. */
u64 gpu_vblank_tick(const struct machine *m, u64 number);
/* The packet whose header stands at the head of the stream, all of whose words are there. */
enum gpu_result gpu_packet(struct engine *e, u32 header, const u32 *word, u32 count);
void gpu_write_register(struct engine *e, u32 reg, u32 value);
/* Physical memory; the low two bits of an address say how bytes are swapped. */
u32 gpu_read_memory(struct engine *e, u32 address);
void gpu_write_memory(struct engine *e, u32 address, u32 value);
/* Commands at a physical address come before what is left of the present ones. False: buffers are too deep. */
bool gpu_call(struct engine *e, u32 physical, u32 words);

#endif
