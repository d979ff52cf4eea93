/* SPDX-License-Identifier: BSD-3-Clause
 * What the display is. */
#include "video.h"

static u16 half(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

void check_display(void)
{
    u32 mode[12] = {0}, real[12] = {0};
    VdQueryVideoMode(mode);
    VdQueryRealVideoMode(real);
    check("1280 by 720", mode[0] == 1280 && mode[1] == 720);
    check("progressive, wide, high definition", !mode[2] && mode[3] == 1 && mode[4] == 1);
    check("60 Hz", mode[5] == 0x42700000);
    check("the real mode is the same", !memcmp(mode, real, sizeof mode));
    check("and so say the flags", VdQueryVideoFlags() == 3);
    u8 info[88];
    memset(info, 0xFF, sizeof info);
    VdGetCurrentDisplayInformation(info);
    check("the front buffer fills the display", half(info) == 1280 && half(info + 2) == 720);
    check("which is as large", half(info + 0x48) == 1280 && half(info + 0x4A) == 720 && half(info + 0x56) == 1280);
    u32 type = 0, power = 0;
    VdGetCurrentDisplayGamma(&type, &power);
    check("a television's gamma", type == 2 && power == 0x400E38E4);
    check("a GPU that needs no EDRAM set-up of the title's", VdGetGraphicsAsicID() >= 0x10);
    check("its link trained", VdIsHSIOTrainingSucceeded() == 1);
    check("and trains again", VdRetrainEDRAM(0, 0, 0, 0, 0, 0) == 0 && VdRetrainEDRAMWorker(0) == 0);
    u32 commands[16];
    memset(commands, 0xFF, sizeof commands);
    u32 count = VdInitializeScalerCommandBuffer(0, 720 << 16 | 1280, 0, 720 << 16 | 1280, 720 << 16 | 1280, 7, NULL, 7,
                                                NULL, 0, commands, 16);
    check("the scaler's commands fit", count == 16 && commands[0] == 0x80000000 && commands[15] == 0x80000000);
    u32 block = 0;
    check("the picture can stay", VdPersistDisplay(NULL, &block) == 1 && block);
    MmFreePhysicalMemory(0, (void *)block);
    u32 line = gpu_read(V_COUNTER);
    sleep_us(3000);
    u32 later = gpu_read(V_COUNTER);
    check("the beam moves", line < 750 && later < 750 && line != later);
    VdInitializeEngines(0x4F810000, NULL, NULL, NULL, NULL);
    VdShutdownEngines();
}
