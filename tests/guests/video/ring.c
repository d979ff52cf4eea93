/* SPDX-License-Identifier: BSD-3-Clause
 * The ring: where it lies, how words get into it, how to know that they were read. */
#include "video.h"

enum { RING_LOG2 = 8, RING_WORDS = 2 << RING_LOG2, SHARED_WORDS = 1024, READWRITE = 4, FENCE = SHARED_WORDS - 1 };

volatile u32 *shared;

static u32 *ring;
static volatile u32 *read_index;
static u32 write_index, fences;

u32 gpu_read(u32 reg)
{
    return *(volatile u32 *)(0x7FC80000 + reg * 4);
}

void gpu_write(u32 reg, u32 value)
{
    *(volatile u32 *)(0x7FC80000 + reg * 4) = value;
}

/* 2: the GPU swaps all bytes of a word. */
u32 shared_at(u32 i)
{
    return MmGetPhysicalAddress((void *)&shared[i]) | 2;
}

void put(u32 word)
{
    ring[write_index++ % RING_WORDS] = word;
}

void put_register(u32 reg, u32 value)
{
    put(reg);
    put(value);
}

void put_packet(u32 opcode, u32 count, ...)
{
    va_list list;
    va_start(list, count);
    put(3u << 30 | (count - 1) << 16 | opcode << 8);
    for (u32 i = 0; i < count; i++)
        put(va_arg(list, u32));
    va_end(list);
}

u32 *put_room(u32 count)
{
    while (write_index % RING_WORDS + count > RING_WORDS)
        put(2u << 30);
    u32 *room = &ring[write_index % RING_WORDS];
    write_index += count;
    return room;
}

void kick(void)
{
    gpu_write(WPTR, write_index % RING_WORDS);
}

int wait_word(u32 i, u32 value)
{
    for (u32 n = 0; n < 1000 && shared[i] != value; n++)
        sleep_us(100);
    return shared[i] == value;
}

int drain(void)
{
    put_packet(EVENT_WRITE_SHD, 3, 0x15, shared_at(FENCE), ++fences);
    kick();
    return wait_word(FENCE, fences);
}

void ring_start(void)
{
    u32 *memory = MmAllocatePhysicalMemoryEx(0, RING_WORDS * 4 + 4096, READWRITE, 0, 0xFFFFFFFF, 4096);
    ring = memory;
    read_index = memory + RING_WORDS;
    shared = MmAllocatePhysicalMemoryEx(0, SHARED_WORDS * 4, READWRITE, 0, 0xFFFFFFFF, 4096);
    check("the engines start", VdInitializeEngines(0x4F810000, NULL, NULL, NULL, NULL) == 1);
    VdInitializeRingBuffer((void *)MmGetPhysicalAddress(ring), RING_LOG2);
    VdEnableRingBufferRPtrWriteBack((void *)MmGetPhysicalAddress((void *)read_index), 6);
    put_packet(ME_INIT, 4, 0x3FF, 0, 0, 0x80000000);
    put_packet(NOP, 2, 0xDEAD, 0xBEEF);
    put(2u << 30);
    check("the ring is read", drain());
    check("as far as was written", *read_index == write_index && gpu_read(RPTR) == write_index);
    check("which a register tells too", gpu_read(WPTR) == write_index);
}
