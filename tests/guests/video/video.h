/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of this title share: checks, the ring, and words of commands. */
#ifndef VIDEO_H
#define VIDEO_H

#include <xboxkrnl.h>

enum {
    NOP = 0x10,
    REG_RMW = 0x21,
    DRAW_INDX_2 = 0x36,
    INDIRECT_BUFFER = 0x3F,
    WAIT_REG_MEM = 0x3C,
    MEM_WRITE = 0x3D,
    REG_TO_MEM = 0x3E,
    COND_WRITE = 0x45,
    ME_INIT = 0x48,
    INTERRUPT = 0x54,
    SET_CONSTANT = 0x2D,
    LOAD_ALU_CONSTANT = 0x2F,
    EVENT_WRITE_SHD = 0x58,
    EVENT_WRITE_EXT = 0x5A,
    EVENT_WRITE_ZPD = 0x5B,
    SET_BIN_MASK = 0x50,
    SET_BIN_SELECT = 0x51,
};

enum {
    SCRATCH_MASK = 0x1DC,
    SCRATCH_ADDRESS = 0x1DD,
    SCRATCH_2 = 0x57A,
    RPTR = 0x1C4,
    WPTR = 0x1C5,
    V_COUNTER = 0x194C
};

void check(const char *name, int good);
void sleep_us(s64 us);

/* A register of the GPU, as the processor sees it. */
u32 gpu_read(u32 reg);
void gpu_write(u32 reg, u32 value);

/* Words of memory that processor and GPU share: word i, and its physical address with big-endian words. */
extern volatile u32 *shared;
u32 shared_at(u32 i);

/* Puts words into the ring: a register, a packet with its words, anything. */
void put(u32 word);
void put_register(u32 reg, u32 value);
void put_packet(u32 opcode, u32 count, ...);
/* Room for words that somebody else fills in. */
u32 *put_room(u32 count);
/* Hands over what was put. */
void kick(void);
/* Waits up to a hundred milliseconds for the word to have a value. */
int wait_word(u32 i, u32 value);
/* All that was put is done. */
int drain(void);

void ring_start(void);
void check_display(void);
void check_packets(void);
void check_interrupts(void);
void check_frames(void);

#endif
