/* SPDX-License-Identifier: BSD-3-Clause
 * The network as a console sees it whose cable is not plugged in: the library starts, addresses are none, and there is
 * no link. The last socket error is the thread's last error. */
#include "emu/kernel/layout.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam.h"
#include "emu/memory/memory.h"

#include <stdio.h>

enum { WSA_DATA_SIZE = 0x190, WSA_VERSION = 2, XNADDR_SIZE = 36, XNADDR_NONE = 1, FD_SET_MAX = 64, CHUNK = 256 };
enum { WSAEFAULT = 10014, WSAENETDOWN = 10050, WSAVERNOTSUPPORTED = 10092 };

static const u32 SOCKET_ERROR = 0xFFFFFFFF, ADDRESS_BAD = 0xFFFFFFFF;

static u64 fail(struct kcall *k, u32 error)
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
    return !kcall_u32(k, 2) || memory_write(k->e, kcall_u32(k, 2), data, sizeof data) ? 0 : WSAEFAULT;
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
    (void)k;
    return 0;
}

u64 xam_NetDll_XNetStartup(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_NetDll_XNetStartupEx(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_NetDll_XNetCleanup(struct kcall *k)
{
    (void)k;
    return 0;
}

u64 xam_NetDll_XNetGetEthernetLinkStatus(struct kcall *k)
{
    (void)k;
    return 0;
}

static u64 no_address(struct kcall *k)
{
    static const u8 none[XNADDR_SIZE];
    memory_write(k->e, kcall_u32(k, 1), none, sizeof none);
    return XNADDR_NONE;
}

u64 xam_NetDll_XNetGetTitleXnAddr(struct kcall *k)
{
    return no_address(k);
}

u64 xam_NetDll_XNetGetDebugXnAddr(struct kcall *k)
{
    return no_address(k);
}

u64 xam_NetDll_socket(struct kcall *k)
{
    return fail(k, WSAENETDOWN);
}

/* "1.2.3.4" in network order. */
u64 xam_NetDll_inet_addr(struct kcall *k)
{
    char text[32];
    u32 address = 0, part = 0, parts = 0, digits = 0;
    if (!memory_read_string(k->e, kcall_u32(k, 0), text, sizeof text))
        return ADDRESS_BAD;
    for (const char *p = text;; p++) {
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
}

u64 xam_NetDll_XNetInAddrToString(struct kcall *k)
{
    char text[20];
    u32 address = kcall_u32(k, 1);
    snprintf(text, sizeof text, "%u.%u.%u.%u", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF,
             address & 0xFF);
    u32 size = (u32)strlen(text) + 1;
    if (kcall_u32(k, 3) < size || !memory_write(k->e, kcall_u32(k, 2), text, size))
        return fail(k, WSAEFAULT);
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
