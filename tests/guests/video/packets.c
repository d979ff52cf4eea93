/* SPDX-License-Identifier: BSD-3-Clause
 * Packets that move words between commands, registers and memory. */
#include "video.h"

enum { EQUAL = 3, IN_MEMORY = 0x10, TO_MEMORY = 0x100, ALU = 0, CONTEXT = 4, PREDICATED = 1 };

static void check_memory(void)
{
    put_packet(MEM_WRITE, 4, shared_at(0), 1, 2, 0x12345678);
    put_packet(MEM_WRITE, 2, shared_at(4) & ~3u, 0x12345678);
    put_packet(MEM_WRITE, 2, (shared_at(5) & ~3u) | 1, 0x12345678);
    put_packet(MEM_WRITE, 2, (shared_at(6) & ~3u) | 3, 0x12345678);
    check("words are written", drain() && shared[0] == 1 && shared[1] == 2 && shared[2] == 0x12345678);
    check("as a little-endian machine does", shared[4] == 0x78563412);
    check("or swapped in halves", shared[5] == 0x56781234 && shared[6] == 0x34127856);
}

/* Registers beyond the processor's sight, as the GPU sees them. */
static u32 seen(u32 reg)
{
    put_packet(REG_TO_MEM, 2, reg, shared_at(70));
    return drain() ? shared[70] : ~0u;
}

static void check_registers(void)
{
    put_register(SCRATCH_ADDRESS, shared_at(8) & ~3u);
    put_register(SCRATCH_MASK, 4);
    put_register(SCRATCH_2, 0x1234);
    put_packet(REG_TO_MEM, 2, SCRATCH_2, shared_at(16));
    put_packet(REG_RMW, 3, SCRATCH_2, 0xFF, 0x8000);
    put_packet(REG_TO_MEM, 2, SCRATCH_2, shared_at(17));
    check("registers are read", drain() && shared[16] == 0x1234);
    check("and modified", shared[17] == 0x8034);
    check("scratch registers show in memory", shared[10] == 0x8034);
    check("and to the processor", gpu_read(SCRATCH_2) == 0x8034);
    gpu_write(SCRATCH_2, 7);
    check("who writes them too", gpu_read(SCRATCH_2) == 7 && shared[10] == 7);
    put(1u << 15 | 1u << 16 | 0x2200); /* two words to one register */
    put(5);
    put(6);
    put(1u << 30 | 0x57B << 11 | 0x57E); /* type 1: two registers */
    put(11);
    put(12);
    put_packet(SET_CONSTANT, 3, CONTEXT << 16 | 0x100, 21, 22);
    put_packet(SET_CONSTANT, 3, ALU << 16 | 8, 31, 32);
    check("registers by all kinds of packets", drain() && gpu_read(0x2200) == 6 && gpu_read(0x2201) == 0);
    check("two at once", gpu_read(0x57E) == 11 && gpu_read(0x57B) == 12);
    check("context registers", gpu_read(0x2100) == 21 && gpu_read(0x2101) == 22);
    check("constants", seen(0x4008) == 31 && seen(0x4009) == 32);
    shared[20] = 41;
    shared[21] = 42;
    put_packet(LOAD_ALU_CONSTANT, 3, shared_at(20) & ~3u, ALU << 16 | 16, 2);
    check("constants from memory", seen(0x4010) == 41 && seen(0x4011) == 42);
}

static void check_conditions(void)
{
    shared[32] = 5;
    put_packet(COND_WRITE, 6, EQUAL | IN_MEMORY | TO_MEMORY, shared_at(32), 5, 0xFF, shared_at(33), 50);
    put_packet(COND_WRITE, 6, EQUAL | IN_MEMORY | TO_MEMORY, shared_at(32), 6, 0xFF, shared_at(34), 60);
    put_packet(COND_WRITE, 6, EQUAL | IN_MEMORY, shared_at(32), 5, 0xFF, SCRATCH_2, 70);
    check("a write under a condition", drain() && shared[33] == 50 && shared[34] == 0);
    check("to a register", gpu_read(SCRATCH_2) == 70);
    put_packet(WAIT_REG_MEM, 5, EQUAL | IN_MEMORY, shared_at(35), 9, 0xFFFFFFFF, 0x100);
    put_packet(MEM_WRITE, 2, shared_at(36), 1);
    kick();
    sleep_us(2000);
    check("a wait holds what comes behind", shared[36] == 0);
    shared[35] = 9;
    check("until the word is there", wait_word(36, 1));
    put_packet(WAIT_REG_MEM, 5, EQUAL, 0xA31, 0, 0x80000000, 0x100);
    check("caches become coherent", drain());
}

static void check_bins(void)
{
    put_packet(SET_BIN_MASK, 2, 0, 1);
    put_packet(SET_BIN_SELECT, 2, 0, 2);
    put(3u << 30 | 1u << 16 | MEM_WRITE << 8 | PREDICATED);
    put(shared_at(40));
    put(1);
    put_packet(SET_BIN_SELECT, 2, 0, 3);
    put(3u << 30 | 1u << 16 | MEM_WRITE << 8 | PREDICATED);
    put(shared_at(41));
    put(1);
    check("packets of other bins are left out", drain() && shared[40] == 0 && shared[41] == 1);
}

static void check_buffers(void)
{
    volatile u32 *outer = &shared[512], *inner = &shared[600];
    inner[0] = 3u << 30 | 1u << 16 | MEM_WRITE << 8;
    inner[1] = shared_at(50);
    inner[2] = 1;
    outer[0] = 3u << 30 | 1u << 16 | INDIRECT_BUFFER << 8;
    outer[1] = shared_at(600) & ~3u;
    outer[2] = 3;
    outer[3] = 3u << 30 | 5u << 16 | COND_WRITE << 8;
    outer[4] = EQUAL | IN_MEMORY | TO_MEMORY;
    outer[5] = shared_at(50);
    outer[6] = 1;
    outer[7] = 0xFF;
    outer[8] = shared_at(51);
    outer[9] = 2;
    put_packet(INDIRECT_BUFFER, 2, shared_at(512) & ~3u, 10);
    put_packet(COND_WRITE, 6, EQUAL | IN_MEMORY | TO_MEMORY, shared_at(51), 2, 0xFF, shared_at(52), 3);
    check("buffers within buffers, in order", drain() && shared[50] == 1 && shared[51] == 2 && shared[52] == 3);
}

static void check_draws(void)
{
    put_packet(DRAW_INDX_2, 1, 0x00030088);
    shared[56] = shared[63] = 0xFFFFFFFF;
    put_register(0x2325, shared_at(56) & ~3u);
    put_packet(EVENT_WRITE_ZPD, 1, 0x15);
    put_packet(EVENT_WRITE_EXT, 2, 0x15, (shared_at(66) & ~3u) | 1);
    check("queries end", drain() && shared[56] == 0 && shared[63] == 0);
    check("the screen's extent", shared[66] == 0x400 && shared[67] == 0x400 && shared[68] == 1);
    put_packet(0x7F, 3, 1, 2, 3);
    check("packets that nobody knows are read over", drain());
}

void check_packets(void)
{
    check_memory();
    check_registers();
    check_conditions();
    check_bins();
    check_buffers();
    check_draws();
}
