/* SPDX-License-Identifier: BSD-3-Clause
 * Queues and I/O completion ports: order, who is woken, and how many run at once. */
#include "sync.h"

struct entry {
    struct entry *next, *previous;
    u32 value;
};

static struct {
    struct header header;
    struct entry *first, *last;
    u32 running, most;
    u32 threads[2];
} queue;
static struct entry entries[8];

static struct entry *take(s64 ms)
{
    s64 timeout = -ms * 10000;
    return (struct entry *)KeRemoveQueue(&queue, 0, ms < 0 ? NULL : &timeout);
}

static void check_order(void)
{
    KeInitializeQueue(&queue, 2);
    check("a queue's header", queue.header.type == 4 && queue.header.signal == 0 && queue.most == 2);
    check("is empty", (u32)take(0) == TIMEOUT);
    check("takes entries", KeInsertQueue(&queue, &entries[0]) == 0 && KeInsertQueue(&queue, &entries[1]) == 1);
    check("at its head too", KeInsertHeadQueue(&queue, &entries[2]) == 2 && queue.header.signal == 3);
    check("gives the first", take(0) == &entries[2] && entries[2].next == NULL && queue.running == 1);
    check("and so on", take(-1) == &entries[0] && take(0) == &entries[1] && (u32)take(1) == TIMEOUT);
    check("one thread runs with it", queue.running == 1 && queue.header.signal == 0);
    KeRundownQueue(&queue);
}

static volatile u32 taken, at_work, most_at_work, order[4], finished;
static u32 gate;

/* Takes entries until it gets one with value 0; at each it waits, or works, for a while. */
static void serve(void *context)
{
    for (;;) {
        struct entry *entry = take(-1);
        if (entry->value == 0)
            break;
        u32 now = __sync_add_and_fetch(&at_work, 1);
        if (now > most_at_work)
            most_at_work = now;
        if (taken < 4)
            order[taken] = (u32)context;
        __sync_fetch_and_add(&taken, 1);
        if (entry->value == 1)
            for (volatile u32 i = 0; i < 20000; i++)
                ;
        __sync_fetch_and_sub(&at_work, 1);
        if (entry->value == 2)
            wait_ms(gate, -1);
    }
    __sync_fetch_and_add(&finished, 1);
}

static void put(u32 i, u32 value)
{
    entries[i].value = value;
    KeInsertQueue(&queue, &entries[i]);
}

static void check_concurrency(void)
{
    u32 threads[3];
    gate = new_event(MANUAL, 0);
    KeInitializeQueue(&queue, 1);
    for (u32 i = 0; i < 3; i++) {
        threads[i] = spawn(serve, (void *)i, 2u << i);
        sleep_ms(2);
    }
    for (u32 i = 0; i < 4; i++)
        put(i, 1);
    sleep_ms(20);
    check("entries are served", taken == 4 && queue.header.signal == 0);
    check("by one at a time", most_at_work == 1);
    check("the last come first", order[0] == 2);
    put(0, 2);
    sleep_ms(2);
    put(1, 2);
    put(2, 2);
    sleep_ms(5);
    check("one that waits elsewhere lets the next run", taken == 7 && queue.running == 0);
    for (u32 i = 4; i < 7; i++)
        put(i, 0);
    NtSetEvent(gate, NULL);
    for (u32 i = 0; i < 3; i++)
        join(threads[i]);
    check("all end", finished == 3 && queue.running == 0);
    NtClose(gate);
}

static void check_rundown(void)
{
    KeInitializeQueue(&queue, 0);
    check("as many as there are hardware threads", queue.most == 6);
    check("an empty one has nothing", KeRundownQueue(&queue) == NULL);
    for (u32 i = 0; i < 3; i++)
        KeInsertQueue(&queue, &entries[i]);
    struct entry *first = (struct entry *)KeRundownQueue(&queue);
    check("a full one all it had",
          first == &entries[0] && first->next->next->next == first && queue.header.signal == 0);
    check("in a ring", first->previous == &entries[2] && first->previous->next == first);
}

static u32 port;
static volatile u32 packets, keys;

static void serve_port(void *context)
{
    u32 key = 1, value = 0;
    struct io_status_block io;
    while (key && NtRemoveIoCompletion(port, &key, &value, &io, NULL) == SUCCESS) {
        __sync_fetch_and_add(&packets, 1);
        __sync_fetch_and_add(&keys, key);
    }
    (void)context;
}

static void check_ports(void)
{
    u32 key = 0, value = 0, depth = 9;
    struct io_status_block io = {0, 0};
    s64 none = 0;
    check("a port is created", NtCreateIoCompletion(&port, 0x1F0003, NULL, 0) == SUCCESS);
    check("and empty", NtRemoveIoCompletion(port, &key, &value, &io, &none) == TIMEOUT);
    check("takes a packet", NtSetIoCompletion(port, 11, 22, 0x103, 44) == SUCCESS);
    check("and one more", NtSetIoCompletion(port, 55, 66, 0, 88) == SUCCESS);
    check("which are two", NtQueryIoCompletion(port, &depth) == SUCCESS && depth == 2);
    check("gives the first", NtRemoveIoCompletion(port, &key, &value, &io, &none) == SUCCESS);
    check("whole", key == 11 && value == 22 && io.status == 0x103 && io.information == 44);
    check("and the other", NtRemoveIoCompletion(port, &key, &value, &io, NULL) == SUCCESS && key == 55 && value == 66);
    u32 threads[2] = {spawn(serve_port, NULL, 2), spawn(serve_port, NULL, 4)};
    sleep_ms(2);
    for (u32 i = 1; i <= 50; i++)
        NtSetIoCompletion(port, i, 0, 0, 0);
    sleep_ms(5);
    NtSetIoCompletion(port, 0, 0, 0, 0);
    NtSetIoCompletion(port, 0, 0, 0, 0);
    check("threads that wait get them", join(threads[0]) == SUCCESS && join(threads[1]) == SUCCESS);
    check("each once", packets == 52 && keys == 50 * 51 / 2);
    check("an event is none", NtSetIoCompletion(0xFFFFFFFE, 0, 0, 0, 0) == 0xC0000024);
    NtSetIoCompletion(port, 1, 0, 0, 0);
    check("it goes, with what it holds", NtClose(port) == SUCCESS);
}

void check_queues(void)
{
    check_order();
    check_concurrency();
    check_rundown();
    check_ports();
}
