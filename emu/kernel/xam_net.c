/* SPDX-License-Identifier: BSD-3-Clause
 * The network's library as it starts and ends, its errors, addresses as text, and its events, which are the kernel's.
 */
#include "emu/kernel/xam_net.h"
#include "emu/kernel/layout.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/memory/memory.h"

#include <stdio.h>

enum { WSA_DATA_SIZE = 0x190, WSA_VERSION = 2, FD_SET_MAX = 64 };

static const u32 ADDRESS_BAD = 0xFFFFFFFF, FOREVER = 0xFFFFFFFF, WAIT_FAILED = 0xFFFFFFFF;

u64 net_fail(struct kcall *k, u32 error)
{
    memory_set32(k->e, k->thread->kthread + KTHREAD_LAST_ERROR, error);
    return SOCKET_ERROR;
}

u64 xam_NetDll_WSAGetLastError(struct kcall *k)
{
    return memory_get32(k->e, k->thread->kthread + KTHREAD_LAST_ERROR);
}

u64 xam_NetDll_WSASetLastError(struct kcall *k)
{
    memory_set32(k->e, k->thread->kthread + KTHREAD_LAST_ERROR, kcall_u32(k, 0));
    return 0;
}

/* Version wanted and highest, then descriptions that are empty. */
static u64 start(struct kcall *k)
{
    u8 data[WSA_DATA_SIZE] = {0};
    u32 version = kcall_u32(k, 1) & 0xFFFF;
    if ((version & 0xFF) < 1)
        return WSAVERNOTSUPPORTED;
    store_be16(data, (u16)version);
    store_be16(data + 2, WSA_VERSION << 8 | WSA_VERSION);
    if (kcall_u32(k, 2) && !memory_write(k->e, kcall_u32(k, 2), data, sizeof data))
        return WSAEFAULT;
    k->m->network.started++;
    return 0;
}

u64 xam_NetDll_WSAStartup(struct kcall *k)
{
    return start(k);
}

u64 xam_NetDll_WSAStartupEx(struct kcall *k)
{
    return start(k);
}

u64 xam_NetDll_WSACleanup(struct kcall *k)
{
    if (!k->m->network.started)
        return net_fail(k, WSANOTINITIALISED);
    k->m->network.started--;
    return 0;
}

/* "1.2.3.4" in network order. No text at all is no error (Xenia, of the console). */
u64 xam_NetDll_inet_addr(struct kcall *k)
{
    char text[32];
    u32 address = 0, part = 0, parts = 0, digits = 0;
    if (!memory_read_string(k->e, kcall_u32(k, 0), text, sizeof text))
        return ADDRESS_BAD;
    for (const char *p = text; text[0]; p++) {
        if (*p >= '0' && *p <= '9' && digits < 3) {
            part = part * 10 + (u32)(*p - '0');
            digits++;
            continue;
        }
        if ((*p != '.' && *p != '\0') || digits == 0 || part > 255 || parts == 4)
            return ADDRESS_BAD;
        address = address << 8 | part;
        parts++;
        part = digits = 0;
        if (*p == '\0')
            return parts == 4 ? address : ADDRESS_BAD;
    }
    return 0;
}

u64 xam_NetDll_XNetInAddrToString(struct kcall *k)
{
    char text[20];
    u32 address = kcall_u32(k, 1);
    snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF,
             address & 0xFF);
    u32 size = (u32)strlen(text) + 1;
    if (kcall_u32(k, 3) < size || !memory_write(k->e, kcall_u32(k, 2), text, size))
        return net_fail(k, WSAEFAULT);
    return 0;
}

/* fd_set: a count, then sockets. */
u64 xam_NetDll___WSAFDIsSet(struct kcall *k)
{
    u32 count = memory_get32(k->e, kcall_u32(k, 1));
    for (u32 i = 0; i < count && i < FD_SET_MAX; i++) {
        if (memory_get32(k->e, kcall_u32(k, 1) + 4 + i * 4) == kcall_u32(k, 0))
            return 1;
    }
    return 0;
}

static struct object *event_of(struct kcall *k)
{
    return handle_object(k->e, k, kcall_u32(k, 0), OBJECT_EVENT);
}

u64 xam_NetDll_WSACreateEvent(struct kcall *k)
{
    struct object *event = object_create(k->e, k, OBJECT_EVENT, HEADER_SIZE);
    if (!event)
        return 0;
    sync_header(k->e, event->guest, HEADER_EVENT_MANUAL, 0);
    u32 handle = handle_create(k->e, k, event);
    object_release(k->e, event);
    return handle;
}

u64 xam_NetDll_WSACloseEvent(struct kcall *k)
{
    return event_of(k) && handle_close(k->e, k, kcall_u32(k, 0));
}

u64 xam_NetDll_WSASetEvent(struct kcall *k)
{
    struct object *event = event_of(k);
    if (!event)
        return 0;
    signal_set(k->e, event, 1);
    wait_signal(k->e, k, event);
    return 1;
}

u64 xam_NetDll_WSAResetEvent(struct kcall *k)
{
    struct object *event = event_of(k);
    if (!event)
        return 0;
    signal_set(k->e, event, 0);
    return 1;
}

/* count, events, whether all, milliseconds, alertable. */
u64 xam_NetDll_WSAWaitForMultipleEvents(struct kcall *k)
{
    u32 count = kcall_u32(k, 0), milliseconds = kcall_u32(k, 3), status = STATUS_SUCCESS;
    struct wait_request request = {
        .count = count,
        .all = kcall_u32(k, 2),
        .alertable = kcall_u32(k, 4),
        .user_mode = true,
        .deadline = milliseconds == FOREVER ? TICKS_NEVER : engine_time(k->e) + milliseconds * TICKS_PER_MS,
    };
    if (!count || count > WAIT_OBJECTS_MAX || !memory_is_readable(k->e, kcall_u32(k, 1), count * 4)) {
        net_fail(k, ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    for (u32 i = 0; i < count && status == STATUS_SUCCESS; i++)
        request.objects[i] = sync_handle(k, memory_get32(k->e, kcall_u32(k, 1) + i * 4), OBJECT_EVENT, &status);
    if (status == STATUS_SUCCESS)
        return wait_file(k, &request);
    net_fail(k, status_dos_error(status));
    return WAIT_FAILED;
}
