/* SPDX-License-Identifier: BSD-3-Clause
 * Sockets of a console whose cable is not plugged in. They are made, bound and asked as Winsock's are; nothing ever
 * comes in, and nobody can be reached. A call that waits for what never comes waits without end, where the wait graph
 * shows it. UNKNOWN: what the console says of a datagram sent without a link (here: it cannot be routed). */
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam_net.h"
#include "emu/memory/memory.h"

/* Behind the header. */
enum {
    SOCKET_TYPE = 0x10,
    SOCKET_FLAGS = 0x14,
    SOCKET_ADDRESS = 0x18,
    SOCKET_PORT = 0x1C,
    SOCKET_OPTIONS = 0x20, /* {level << 16 | option, value} */
    OPTIONS_MAX = 16,
    SOCKET_SIZE = SOCKET_OPTIONS + OPTIONS_MAX * 8,
};
enum { TYPE_STREAM = 1, TYPE_DATAGRAM = 2, FAMILY_INTERNET = 2 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_VDP = 254 };
enum { IS_BOUND = 1, IS_LISTENING = 2, NEVER_WAITS = 4, CLOSED_FOR_READING = 8, CLOSED_FOR_WRITING = 16 };
enum { LEVEL_SOCKET = 0xFFFF, OPTION_REUSE = 4, OPTION_ERROR = 0x1007, OPTION_TYPE = 0x1008 };
enum { NAME_SIZE = 16, SET_MAX = 64, FIRST_FREE_PORT = 49152, PORTS = 65536 };

static const u32 never_waits_command = 0x8004667E, readable_command = 0x4004667F;

/* The second argument's socket; 0: it is none, and the call failed. */
static u32 find(struct kcall *k, u64 *failed)
{
    u32 guest = xam_find(k, kcall_u32(k, 1), XAM_SOCKET);
    if (!guest)
        *failed = net_fail(k, WSAENOTSOCK);
    return guest;
}

static u32 flags(struct kcall *k, u32 guest)
{
    return memory_get32(k->e, guest + SOCKET_FLAGS);
}

static void set_flags(struct kcall *k, u32 guest, u32 more)
{
    memory_set32(k->e, guest + SOCKET_FLAGS, flags(k, guest) | more);
}

static bool is_stream(struct kcall *k, u32 guest)
{
    return memory_get32(k->e, guest + SOCKET_TYPE) == TYPE_STREAM;
}

/* The same of a socket of datagrams; one of streams is never connected. */
static u32 find_datagram(struct kcall *k, u64 *failed)
{
    u32 guest = find(k, failed);
    if (!guest || !is_stream(k, guest))
        return guest;
    *failed = net_fail(k, WSAENOTCONN);
    return 0;
}

static bool is_protocol(u32 type, u32 protocol)
{
    return !protocol || protocol == (type == TYPE_STREAM ? PROTOCOL_TCP : PROTOCOL_UDP) || protocol == PROTOCOL_VDP;
}

u64 xam_NetDll_socket(struct kcall *k)
{
    u32 type = kcall_u32(k, 2), guest;
    if (!k->m->network.started)
        return net_fail(k, WSANOTINITIALISED);
    if (kcall_u32(k, 1) != FAMILY_INTERNET)
        return net_fail(k, WSAEAFNOSUPPORT);
    if (type != TYPE_STREAM && type != TYPE_DATAGRAM)
        return net_fail(k, WSAESOCKTNOSUPPORT);
    if (!is_protocol(type, kcall_u32(k, 3)))
        return net_fail(k, WSAEPROTONOSUPPORT);
    u32 handle = xam_create(k, XAM_SOCKET, SOCKET_SIZE, &guest);
    if (!handle)
        return net_fail(k, WSAENOBUFS);
    memory_set32(k->e, guest + SOCKET_TYPE, type);
    return handle;
}

/* Who waits for it waits no longer: see wait(). */
u64 xam_NetDll_closesocket(struct kcall *k)
{
    u64 failed;
    if (!find(k, &failed))
        return failed;
    struct object *object = handle_object(k->e, k, kcall_u32(k, 1), OBJECT_OTHER);
    signal_set(k->e, object, 1);
    wait_signal(k->e, k, object);
    handle_close(k->e, k, kcall_u32(k, 1));
    return 0;
}

/* 0: reading, 1: writing, 2: both. */
u64 xam_NetDll_shutdown(struct kcall *k)
{
    u64 failed;
    u32 guest = find_datagram(k, &failed), how = kcall_u32(k, 2);
    if (!guest)
        return failed;
    if (how > 2)
        return net_fail(k, WSAEINVAL);
    set_flags(k, guest, (how != 1 ? CLOSED_FOR_READING : 0) | (how != 0 ? CLOSED_FOR_WRITING : 0));
    return 0;
}

u64 xam_NetDll_ioctlsocket(struct kcall *k)
{
    u64 failed;
    u32 guest = find(k, &failed), out = kcall_u32(k, 3);
    if (!guest)
        return failed;
    if (!memory_is_writable(k->e, out, 4))
        return net_fail(k, WSAEFAULT);
    if (kcall_u32(k, 2) == readable_command)
        return memory_set32(k->e, out, 0) ? 0 : net_fail(k, WSAEFAULT);
    if (kcall_u32(k, 2) != never_waits_command)
        return net_fail(k, WSAEOPNOTSUPP);
    u32 others = flags(k, guest) & ~(u32)NEVER_WAITS;
    memory_set32(k->e, guest + SOCKET_FLAGS, others | (memory_get32(k->e, out) ? NEVER_WAITS : 0));
    return 0;
}

/* Where an option stands, or a free place; 0: there is none. */
static u32 option_at(struct kcall *k, u32 guest, u32 name)
{
    for (u32 i = 0; i < OPTIONS_MAX; i++) {
        u32 at = guest + SOCKET_OPTIONS + i * 8, there = memory_get32(k->e, at);
        if (there == name || !there)
            return at;
    }
    return 0;
}

static u32 option_name(struct kcall *k)
{
    return kcall_u32(k, 2) << 16 | (kcall_u32(k, 3) & 0xFFFF);
}

/* Options are kept, and given back; that nothing comes in makes them all alike. */
u64 xam_NetDll_setsockopt(struct kcall *k)
{
    u64 failed;
    u32 guest = find(k, &failed);
    if (!guest)
        return failed;
    if (kcall_u32(k, 5) < 4 || !memory_is_readable(k->e, kcall_u32(k, 4), 4))
        return net_fail(k, WSAEFAULT);
    u32 at = option_at(k, guest, option_name(k));
    if (!at || !option_name(k))
        return net_fail(k, WSAENOPROTOOPT);
    memory_set32(k->e, at, option_name(k));
    memory_set32(k->e, at + 4, memory_get32(k->e, kcall_u32(k, 4)));
    return 0;
}

static u32 option_value(struct kcall *k, u32 guest, u32 name)
{
    if (name == ((u32)LEVEL_SOCKET << 16 | OPTION_TYPE))
        return memory_get32(k->e, guest + SOCKET_TYPE);
    u32 at = name == ((u32)LEVEL_SOCKET << 16 | OPTION_ERROR) ? 0 : option_at(k, guest, name);
    return at && memory_get32(k->e, at) == name ? memory_get32(k->e, at + 4) : 0;
}

u64 xam_NetDll_getsockopt(struct kcall *k)
{
    u64 failed;
    u32 guest = find(k, &failed), size = kcall_u32(k, 5);
    if (!guest)
        return failed;
    if (memory_get32(k->e, size) < 4 || !memory_is_writable(k->e, size, 4) ||
        !memory_set32(k->e, kcall_u32(k, 4), option_value(k, guest, option_name(k))))
        return net_fail(k, WSAEFAULT);
    memory_set32(k->e, size, 4);
    return 0;
}

static bool is_taken(struct kcall *k, u32 port, u32 type)
{
    for (u32 i = 1; i <= k->m->object_pool.high; i++) {
        const struct object *object = &k->m->objects[i];
        if (object->type == OBJECT_OTHER && object->body == XAM_SOCKET && flags(k, object->guest) & IS_BOUND &&
            memory_get32(k->e, object->guest + SOCKET_PORT) == port &&
            memory_get32(k->e, object->guest + SOCKET_TYPE) == type)
            return true;
    }
    return false;
}

static u32 free_port(struct kcall *k, u32 type)
{
    struct network *network = &k->m->network;
    for (u32 tries = 0; tries < PORTS - FIRST_FREE_PORT; tries++) {
        u32 port = FIRST_FREE_PORT + network->next_port++ % (PORTS - FIRST_FREE_PORT);
        if (!is_taken(k, port, type))
            return port;
    }
    return 0;
}

static u32 bind_to(struct kcall *k, u32 guest, u32 address, u32 port)
{
    u32 type = memory_get32(k->e, guest + SOCKET_TYPE);
    bool shares = option_value(k, guest, (u32)LEVEL_SOCKET << 16 | OPTION_REUSE);
    if (!port && !(port = free_port(k, type)))
        return WSAENOBUFS;
    if (is_taken(k, port, type) && !shares)
        return WSAEADDRINUSE;
    memory_set32(k->e, guest + SOCKET_ADDRESS, address);
    memory_set32(k->e, guest + SOCKET_PORT, port);
    set_flags(k, guest, IS_BOUND);
    return 0;
}

/* {u16 family, u16 port, u32 address, 8 bytes of nothing}. */
u64 xam_NetDll_bind(struct kcall *k)
{
    u64 failed;
    u8 name[NAME_SIZE];
    u32 guest = find(k, &failed);
    if (!guest)
        return failed;
    if (kcall_u32(k, 3) < sizeof name || !memory_read(k->e, kcall_u32(k, 2), name, sizeof name))
        return net_fail(k, WSAEFAULT);
    if (load_be16(name) != FAMILY_INTERNET)
        return net_fail(k, WSAEAFNOSUPPORT);
    if (flags(k, guest) & IS_BOUND)
        return net_fail(k, WSAEINVAL);
    u32 error = bind_to(k, guest, load_be32(name + 4), load_be16(name + 2));
    return error ? net_fail(k, error) : 0;
}

u64 xam_NetDll_getsockname(struct kcall *k)
{
    u64 failed;
    u8 name[NAME_SIZE] = {0};
    u32 guest = find(k, &failed), size = kcall_u32(k, 3);
    if (!guest)
        return failed;
    if (!(flags(k, guest) & IS_BOUND))
        return net_fail(k, WSAEINVAL);
    store_be16(name, FAMILY_INTERNET);
    store_be16(name + 2, (u16)memory_get32(k->e, guest + SOCKET_PORT));
    store_be32(name + 4, memory_get32(k->e, guest + SOCKET_ADDRESS));
    if (memory_get32(k->e, size) < sizeof name || !memory_is_writable(k->e, size, 4) ||
        !memory_write(k->e, kcall_u32(k, 2), name, sizeof name))
        return net_fail(k, WSAEFAULT);
    memory_set32(k->e, size, sizeof name);
    return 0;
}

u64 xam_NetDll_getpeername(struct kcall *k)
{
    u64 failed;
    return find(k, &failed) ? net_fail(k, WSAENOTCONN) : failed;
}

u64 xam_NetDll_listen(struct kcall *k)
{
    u64 failed;
    u32 guest = find(k, &failed);
    if (!guest)
        return failed;
    if (!is_stream(k, guest))
        return net_fail(k, WSAEOPNOTSUPP);
    if (!(flags(k, guest) & IS_BOUND))
        return net_fail(k, WSAEINVAL);
    set_flags(k, guest, IS_LISTENING);
    return 0;
}

/* For what never comes: only that the socket is closed ends it. */
static u64 wait(struct kcall *k, u32 guest)
{
    struct object *object = handle_object(k->e, k, kcall_u32(k, 1), OBJECT_OTHER);
    if (flags(k, guest) & NEVER_WAITS)
        return net_fail(k, WSAEWOULDBLOCK);
    struct wait_request request = {
        .objects = {object},
        .count = 1,
        .deadline = TICKS_NEVER,
        .action = WAIT_RESULT,
        .argument0 = (u32)net_fail(k, WSAEINTR),
    };
    return wait_file(k, &request);
}

u64 xam_NetDll_accept(struct kcall *k)
{
    u64 failed;
    u32 guest = find(k, &failed);
    if (!guest)
        return failed;
    return flags(k, guest) & IS_LISTENING ? wait(k, guest) : net_fail(k, WSAEINVAL);
}

static u64 receive(struct kcall *k)
{
    u64 failed;
    u32 guest = find_datagram(k, &failed);
    if (!guest)
        return failed;
    if (flags(k, guest) & CLOSED_FOR_READING)
        return net_fail(k, WSAESHUTDOWN);
    return flags(k, guest) & IS_BOUND ? wait(k, guest) : net_fail(k, WSAEINVAL);
}

u64 xam_NetDll_recv(struct kcall *k)
{
    return receive(k);
}

u64 xam_NetDll_recvfrom(struct kcall *k)
{
    return receive(k);
}

u64 xam_NetDll_connect(struct kcall *k)
{
    u64 failed;
    return find(k, &failed) ? net_fail(k, WSAEHOSTUNREACH) : failed;
}

u64 xam_NetDll_send(struct kcall *k)
{
    u64 failed;
    return find(k, &failed) ? net_fail(k, WSAENOTCONN) : failed;
}

/* Who sends from a socket without a name binds it. */
u64 xam_NetDll_sendto(struct kcall *k)
{
    u64 failed;
    u32 guest = find_datagram(k, &failed);
    if (!guest)
        return failed;
    if (flags(k, guest) & CLOSED_FOR_WRITING)
        return net_fail(k, WSAESHUTDOWN);
    u32 error = flags(k, guest) & IS_BOUND ? 0 : bind_to(k, guest, 0, 0);
    return net_fail(k, error ? error : WSAEHOSTUNREACH);
}

/* One of select's sets: keeps those of its sockets that are ready, which are datagrams to be written. Returns how many;
 * *bad: what is none, or cannot be read. */
static u32 keep_ready(struct kcall *k, u32 set, bool writing, bool *bad)
{
    u32 count = set ? memory_get32(k->e, set) : 0, kept = 0;
    if (!set)
        return 0;
    *bad |= count > SET_MAX || !memory_is_writable(k->e, set, 4 + count * 4);
    for (u32 i = 0; i < count && !*bad; i++) {
        u32 handle = memory_get32(k->e, set + 4 + i * 4), guest = xam_find(k, handle, XAM_SOCKET);
        *bad |= !guest;
        if (guest && writing && !is_stream(k, guest))
            memory_set32(k->e, set + 4 + kept++ * 4, handle);
    }
    if (!*bad)
        memory_set32(k->e, set, kept);
    return kept;
}

/* caller, unused, three sets, {seconds, microseconds}. The wait's own result is that nothing was ready. */
u64 xam_NetDll_select(struct kcall *k)
{
    bool bad = false;
    u32 timeout = kcall_u32(k, 5);
    if (!kcall_u32(k, 2) && !kcall_u32(k, 3) && !kcall_u32(k, 4))
        return net_fail(k, WSAEINVAL);
    u32 ready = keep_ready(k, kcall_u32(k, 2), false, &bad);
    ready += keep_ready(k, kcall_u32(k, 3), true, &bad);
    ready += keep_ready(k, kcall_u32(k, 4), false, &bad);
    if (bad)
        return net_fail(k, WSAENOTSOCK);
    u64 ticks = memory_get32(k->e, timeout) * TICKS_PER_SECOND + memory_get32(k->e, timeout + 4) * TICKS_PER_MS / 1000;
    if (ready || (timeout && !ticks))
        return ready;
    struct wait_request request = {.deadline = timeout ? engine_time(k->e) + ticks : TICKS_NEVER, .action = WAIT_DELAY};
    return wait_file(k, &request);
}
