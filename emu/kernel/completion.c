/* SPDX-License-Identifier: BSD-3-Clause
 * I/O completion ports: queues of packets, which file operations put there too (FILE_COMPLETION of
 * NtSetInformationFile). */
#include "emu/kernel/heap.h"
#include "emu/kernel/queue.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

/* Behind its list entry. */
enum {
    PACKET_KEY = 0x08,
    PACKET_CONTEXT = 0x0C,
    PACKET_STATUS = 0x10,
    PACKET_INFORMATION = 0x14,
    PACKET_SIZE = 0x18,
    PACKETS_MAX = 0x100000,
};

bool completion_put(struct kcall *k, struct object *port, u32 key, u32 context, u32 status, u32 information)
{
    u32 packet = heap_alloc(k->e, PACKET_SIZE);
    if (!packet)
        return false;
    memory_set32(k->e, packet + PACKET_KEY, key);
    memory_set32(k->e, packet + PACKET_CONTEXT, context);
    memory_set32(k->e, packet + PACKET_STATUS, status);
    memory_set32(k->e, packet + PACKET_INFORMATION, information);
    bool good;
    queue_put(k, port, packet, false, &good);
    return good;
}

/* Arguments 1 to 3 of the call that waited: where key, context, and status go. */
u32 completion_take(struct engine *e, const struct thread *thread, u32 packet)
{
    u32 io = (u32)thread->cpu.r[6];
    memory_set32(e, (u32)thread->cpu.r[4], memory_get32(e, packet + PACKET_KEY));
    memory_set32(e, (u32)thread->cpu.r[5], memory_get32(e, packet + PACKET_CONTEXT));
    memory_set32(e, io, memory_get32(e, packet + PACKET_STATUS));
    memory_set32(e, io + 4, memory_get32(e, packet + PACKET_INFORMATION));
    heap_free(e, packet);
    return STATUS_SUCCESS;
}

void completion_finish(struct engine *e, struct object *port)
{
    u32 packet = queue_take(e, port);
    for (u32 i = 0; packet && i < PACKETS_MAX; i++, packet = queue_take(e, port))
        heap_free(e, packet);
}

u64 xboxkrnl_NtCreateIoCompletion(struct kcall *k)
{
    struct object *made;
    u32 status =
        sync_create(k, kcall_u32(k, 0), kcall_u32(k, 2), OBJECT_IO_COMPLETION, QUEUE_SIZE, HEADER_QUEUE, 0, &made);
    if (made)
        queue_initialise(k->e, made->guest, kcall_u32(k, 3));
    return status;
}

u64 xboxkrnl_NtSetIoCompletion(struct kcall *k)
{
    u32 status;
    struct object *port = sync_handle(k, kcall_u32(k, 0), OBJECT_IO_COMPLETION, &status);
    if (!port)
        return status;
    bool good = completion_put(k, port, kcall_u32(k, 1), kcall_u32(k, 2), kcall_u32(k, 3), kcall_u32(k, 4));
    return good ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

u64 xboxkrnl_NtRemoveIoCompletion(struct kcall *k)
{
    u32 status, timeout = kcall_u32(k, 4);
    struct object *port = sync_handle(k, kcall_u32(k, 0), OBJECT_IO_COMPLETION, &status);
    if (!port)
        return status;
    bool good = memory_is_writable(k->e, kcall_u32(k, 1), 4) && memory_is_writable(k->e, kcall_u32(k, 2), 4) &&
                memory_is_writable(k->e, kcall_u32(k, 3), 8) && (!timeout || memory_is_readable(k->e, timeout, 8));
    return good ? queue_remove(k, port, 1, timeout, WAIT_COMPLETION) : STATUS_ACCESS_VIOLATION;
}

/* IO_COMPLETION_BASIC_INFORMATION: how many packets there are. */
u64 xboxkrnl_NtQueryIoCompletion(struct kcall *k)
{
    u32 status;
    struct object *port = sync_handle(k, kcall_u32(k, 0), OBJECT_IO_COMPLETION, &status);
    if (!port)
        return status;
    return memory_set32(k->e, kcall_u32(k, 1), (u32)signal_get(k->e, port)) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}
