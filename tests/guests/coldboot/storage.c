/* SPDX-License-Identifier: BSD-3-Clause
 * Mounts the cache partition on a thread of its own: looks for its mark, writes one where there is none, lets the
 * device settle, and tells the loader that files are complete as soon as they are written. */
#include "coldboot.h"

enum { SETTLE_100NS = 60000, STACK = 0x10000 };

static void storage_thread(void *context)
{
    static const char path[] = "cache:\\mounted.bin";
    static u8 mark[64];
    struct loader *loader = context;
    u32 size = 0;
    if (file_size(path, &size) || size != sizeof mark) {
        for (u32 i = 0; i < sizeof mark; i++)
            mark[i] = (u8)(i * 7 + 1);
        file_write(path, mark, sizeof mark);
    }
    file_read(path, mark, sizeof mark, &size);
    sleep_100ns(SETTLE_100NS);
    loader->completion = COMPLETE_AT_ONCE;
    ExTerminateThread(size);
}

HANDLE storage_mount(struct loader *loader)
{
    HANDLE thread = thread_create(storage_thread, loader, STACK, 1 << 5);
    NtResumeThread(thread, NULL);
    return thread;
}
