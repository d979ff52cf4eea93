/* SPDX-License-Identifier: BSD-3-Clause
 * The kernel's pools, and stacks. */
#include "memory.h"

enum { BLOCKS = 200 };

static void check_blocks(void)
{
    static u8 *blocks[BLOCKS];
    u32 good = 1, sizes = 1, aligned = 1;
    for (u32 i = 0; i < BLOCKS; i++) {
        u32 size = 1 + i * 37 % 3000;
        blocks[i] = i % 3 == 0   ? ExAllocatePool(size)
                    : i % 3 == 1 ? ExAllocatePoolWithTag(size, 0x74736574)
                                 : ExAllocatePoolTypeWithTag(size, 0x74736574, 0);
        sizes &= blocks[i] && ExQueryPoolBlockSize(blocks[i]) >= size;
        aligned &= ((u32)blocks[i] & 7) == 0;
        memset(blocks[i], (int)i, size);
    }
    check("pool blocks are as large as asked for", sizes);
    check("and aligned", aligned);
    for (u32 i = 0; i < BLOCKS; i++) {
        u32 size = 1 + i * 37 % 3000;
        for (u32 k = 0; k < size; k++)
            good &= blocks[i][k] == (u8)i;
        if (i & 1)
            ExFreePool(blocks[i]);
    }
    check("and nobody else's", good);
    u8 *again = ExAllocatePool(100);
    for (u32 i = 0; i < BLOCKS; i += 2)
        good &= again != blocks[i];
    check("what is free is used again", good && again);
    ExFreePool(again);
    for (u32 i = 0; i < BLOCKS; i += 2)
        ExFreePool(blocks[i]);
    u8 *big = ExAllocatePool(0x300000);
    check("a big one", big && ExQueryPoolBlockSize(big) >= 0x300000);
    big[0x2FFFFF] = 1;
    ExFreePool(big);
    check("one too big", ExAllocatePool(0x7FFFFFFF) == NULL);
}

static void check_stacks(void)
{
    u32 base = (u32)MmCreateKernelStack(0x8000, 0);
    check("a stack", base && !(base & 0xFFF));
    for (u32 at = base - 0x8000; at < base; at += 4)
        *(volatile u32 *)at = at;
    check("of its size", *(volatile u32 *)(base - 0x8000) == base - 0x8000);
    check("with nothing behind it", !MmIsAddressValid((void *)base));
    check("goes", MmDeleteKernelStack((void *)base, (void *)(base - 0x8000)) == OK);
    check("and is gone", !MmIsAddressValid((void *)(base - 4)));
    u32 limit = 0, top = 0, here = (u32)&limit;
    RtlGetStackLimits((void *)&limit, (void *)&top);
    check("this one's limits", limit < here && here < top && !((limit | top) & 0xFFF));
}

void check_pools(void)
{
    check_blocks();
    check_stacks();
}
