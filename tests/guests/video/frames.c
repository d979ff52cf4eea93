/* SPDX-License-Identifier: BSD-3-Clause
 * Interrupts, vertical blanks, and a frame loop as titles have it: a swap, its fence, and an event from the interrupt
 * routine. */
#include "video.h"

enum { FRAMES = 20, FENCE = 100, MANUAL = 0, AUTO = 1, RING_ROOM = 64, MARK = 0xC0DE };

struct event {
    u8 header[4];
    s32 signal;
    u32 list[2];
};

static volatile u32 blanks, interrupts, wrong, last_hw;
static struct event blank_event;

static u8 processor(void)
{
    register u32 pcr __asm__("r13");
    return *(volatile u8 *)(pcr + 0x10C);
}

static u8 irql(void)
{
    register u32 pcr __asm__("r13");
    return *(volatile u8 *)(pcr + 0x18);
}

static void on_interrupt(u32 source, u32 context)
{
    wrong += context != MARK || irql() < 2;
    last_hw = processor();
    if (source == 0) {
        wrong += processor() != 2;
        blanks++;
        KeSetEvent(&blank_event, 1, 0);
    } else {
        interrupts++;
    }
}

void check_interrupts(void)
{
    KeInitializeEvent(&blank_event, AUTO, 0);
    VdSetGraphicsInterruptCallback((void *)on_interrupt, (void *)MARK);
    u64 before = KeQueryInterruptTime();
    for (u32 i = 0; i < 6; i++)
        KeWaitForSingleObject(&blank_event, 0, 1, 0, NULL);
    u64 passed = KeQueryInterruptTime() - before;
    check("vertical blanks come", blanks >= 6);
    check("sixty a second", passed > 5 * 160000 && passed < 6 * 170000);
    put_packet(INTERRUPT, 1, 1u << 4);
    check("the GPU interrupts", drain());
    sleep_us(200);
    check("the hardware thread that it names", interrupts == 1 && last_hw == 4);
    put_packet(INTERRUPT, 1, 3);
    check("or several", drain());
    sleep_us(200);
    check("each of them", interrupts == 3);
    check("always with the title's context", wrong == 0);
    /* A fence can hold the count of vertical blanks. */
    put_packet(EVENT_WRITE_SHD, 3, 0x80000015, shared_at(90), 0);
    check("a fence with the count of blanks", drain() && shared[90] >= blanks);
}

static void swap(u32 frame, u32 front)
{
    u32 fetch[6] = {0, front, (720 - 1) << 13 | (1280 - 1), 0, 0, 0};
    u32 system[37], value, format = 6, space = 0, width = 1280, height = 720;
    VdGetSystemCommandBuffer(system, &value);
    put_packet(DRAW_INDX_2, 1, 0x00030088);
    u32 *room = put_room(RING_ROOM);
    VdSwap(room, fetch, NULL, system, (void *)value, &front, &format, &space, &width, &height);
    put_packet(EVENT_WRITE_SHD, 3, 0x15, shared_at(FENCE), frame);
    kick();
}

void check_frames(void)
{
    u32 front = (u32)MmAllocatePhysicalMemoryEx(0, 1280 * 720 * 4, 4, 0, 0xFFFFFFFF, 4096);
    u64 before = KeQueryInterruptTime();
    for (u32 frame = 1; frame <= FRAMES; frame++) {
        swap(frame, front);
        if (!wait_word(FENCE, frame)) {
            check("a frame comes to its end", 0);
            return;
        }
        KeWaitForSingleObject(&blank_event, 0, 1, 0, NULL);
    }
    u64 passed = KeQueryInterruptTime() - before;
    check("a frame a vertical blank", passed > (FRAMES - 2) * 160000ull && passed < (FRAMES + 1) * 170000ull);
    before = KeQueryInterruptTime();
    for (u32 frame = FRAMES + 1; frame <= FRAMES + 5; frame++) {
        swap(frame, front);
        check("a frame that waits for its fence alone", wait_word(FENCE, frame));
    }
    passed = KeQueryInterruptTime() - before;
    check("keeps the display's pace", passed > 4 * 160000ull && passed < 6 * 170000ull);
    put_packet(REG_TO_MEM, 2, 0x4801, shared_at(91));
    check("the front buffer's address is physical",
          drain() && (shared[91] & ~0xFFFu) == MmGetPhysicalAddress((void *)front));
    VdSetGraphicsInterruptCallback(NULL, NULL);
    u32 seen = blanks;
    sleep_us(50000);
    check("no routine, no interrupts", blanks == seen);
}
