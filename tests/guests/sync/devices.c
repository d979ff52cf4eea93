/* SPDX-License-Identifier: BSD-3-Clause
 * Device queues: whom a device serves next. */
#include "sync.h"

struct entry {
    u32 links[2];
    u32 key;
    u8 inserted;
    u8 fill[3];
};

static struct {
    u8 type[3];
    u8 busy;
    u32 lock;
    u32 list[2];
} queue;
static struct entry entries[5];

static int next_is(u32 number)
{
    struct entry *entry = (struct entry *)KeRemoveDeviceQueue(&queue);
    return entry == &entries[number] && !entry->inserted;
}

static int next_by_key_is(u32 key, u32 number)
{
    return (struct entry *)KeRemoveByKeyDeviceQueue(&queue, key) == &entries[number];
}

static void fill_by_key(void)
{
    static const u32 keys[] = {0, 30, 10, 20, 10};
    for (u32 i = 0; i < 5; i++)
        KeInsertByKeyDeviceQueue(&queue, &entries[i], keys[i]);
}

void check_device_queues(void)
{
    memset(&queue, 0xAA, sizeof queue);
    KeInitializeDeviceQueue(&queue);
    check("a device is idle at first",
          !queue.busy && queue.list[0] == (u32)queue.list && queue.list[1] == queue.list[0]);
    check("it takes a request", KeInsertDeviceQueue(&queue, &entries[0]) == 0 && queue.busy && !entries[0].inserted);
    check("others are queued", KeInsertDeviceQueue(&queue, &entries[1]) == 1 && entries[1].inserted);
    KeInsertDeviceQueue(&queue, &entries[2]);
    KeInsertDeviceQueue(&queue, &entries[3]);
    check("one is taken back", KeRemoveEntryDeviceQueue(&queue, &entries[2]) == 1 && !entries[2].inserted);
    check("once", KeRemoveEntryDeviceQueue(&queue, &entries[2]) == 0);
    check("the rest come in order", next_is(1) && next_is(3) && queue.busy);
    check("then it is idle", KeRemoveDeviceQueue(&queue) == NULL && !queue.busy);
    fill_by_key();
    check("by key", entries[1].key == 30 && next_is(2) && next_is(4) && next_is(3) && next_is(1));
    KeRemoveDeviceQueue(&queue);
    fill_by_key();
    check("from a key on", next_by_key_is(15, 3) && next_by_key_is(20, 1) && next_by_key_is(31, 2));
    check("or from the first again",
          next_by_key_is(5, 4) && KeRemoveByKeyDeviceQueue(&queue, 5) == NULL && !queue.busy);
}
