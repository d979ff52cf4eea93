/* SPDX-License-Identifier: BSD-3-Clause
 * XNet: keys, names and qualities of connections, on a console whose cable is not plugged in. It has no address, finds
 * no name, and is not signed in to any service. */
#include "emu/kernel/crypt.h"
#include "emu/kernel/heap.h"
#include "emu/kernel/sync.h"
#include "emu/kernel/wait.h"
#include "emu/kernel/xam_net.h"
#include "emu/memory/memory.h"

enum { XNADDR_SIZE = 36, XNADDR_NONE = 1, OPTION_PARAMETERS = 1, PORT_ORDINARY = 1000 };
/* What a look-up leaves, in the kernel's own memory: {status, count, addresses[8]}; {count, pending}. */
enum { NAME_SIZE = 40, QUALITY_SIZE = 32 };

static u64 start(struct kcall *k)
{
    struct network *network = &k->m->network;
    u8 parameters[XNET_PARAMETERS] = {0};
    if (kcall_u32(k, 1) && !memory_read(k->e, kcall_u32(k, 1), parameters, sizeof parameters))
        return WSAEFAULT;
    if (kcall_u32(k, 1) && parameters[0] != XNET_PARAMETERS)
        return WSAEINVAL;
    memcpy(network->parameters, parameters, sizeof parameters);
    network->parameters[0] = XNET_PARAMETERS;
    return 0;
}

u64 xam_NetDll_XNetStartup(struct kcall *k)
{
    return start(k);
}

u64 xam_NetDll_XNetStartupEx(struct kcall *k)
{
    return start(k);
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

u64 xam_NetDll_XNetRandom(struct kcall *k)
{
    crypt_random(k, kcall_u32(k, 1), kcall_u32(k, 2));
    return 0;
}

/* The parameters of the start are what can be asked. */
u64 xam_NetDll_XNetGetOpt(struct kcall *k)
{
    u32 size = kcall_u32(k, 3);
    if (kcall_u32(k, 1) != OPTION_PARAMETERS)
        return WSAEINVAL;
    if (!memory_is_writable(k->e, size, 4))
        return WSAEFAULT;
    bool fits = memory_get32(k->e, size) >= XNET_PARAMETERS;
    memory_set32(k->e, size, XNET_PARAMETERS);
    if (!fits)
        return WSAEMSGSIZE;
    return memory_write(k->e, kcall_u32(k, 2), k->m->network.parameters, XNET_PARAMETERS) ? 0 : WSAEFAULT;
}

/* An identity and a key, at random; the identity's first byte says that it is of system link. */
u64 xam_NetDll_XNetCreateKey(struct kcall *k)
{
    u8 first;
    if (!crypt_random(k, kcall_u32(k, 1), 8) || !crypt_random(k, kcall_u32(k, 2), 16))
        return 0;
    memory_read(k->e, kcall_u32(k, 1), &first, 1);
    memory_set8(k->e, kcall_u32(k, 1), first & 0x1F);
    return 0;
}

/* Nobody else has an address here, so none stands for another console. */
u64 xam_NetDll_XNetXnAddrToInAddr(struct kcall *k)
{
    (void)k;
    return WSAEINVAL;
}

u64 xam_NetDll_XNetInAddrToXnAddr(struct kcall *k)
{
    (void)k;
    return WSAEINVAL;
}

u64 xam_NetDll_XNetXnAddrToMachineId(struct kcall *k)
{
    (void)k;
    return WSAEINVAL;
}

u64 xam_NetDll_XNetGetSystemLinkPort(struct kcall *k)
{
    u32 port = k->m->network.link_port;
    return memory_set16(k->e, kcall_u32(k, 1), (u16)(port ? port : PORT_ORDINARY)) ? 0 : WSAEFAULT;
}

u64 xam_NetDll_XNetSetSystemLinkPort(struct kcall *k)
{
    k->m->network.link_port = kcall_u32(k, 1) & 0xFFFF;
    return 0;
}

/* A look-up that is over at once, for its caller to free; the event of who waits for it is set. */
static u64 look_up(struct kcall *k, u32 size, u32 status, u32 event_handle, u32 out)
{
    if (!memory_is_writable(k->e, out, 4))
        return WSAEFAULT;
    u32 block = heap_alloc(k->e, size);
    if (!block)
        return WSAENOBUFS;
    memory_zero(k->e, block, size);
    memory_set32(k->e, block, status);
    memory_set32(k->e, out, block);
    if (event_handle)
        xam_signal(k, event_handle);
    return 0;
}

u64 xam_NetDll_XNetDnsLookup(struct kcall *k)
{
    return look_up(k, NAME_SIZE, WSAHOST_NOT_FOUND, kcall_u32(k, 2), kcall_u32(k, 3));
}

u64 xam_NetDll_XNetQosServiceLookup(struct kcall *k)
{
    return look_up(k, QUALITY_SIZE, 0, kcall_u32(k, 2), kcall_u32(k, 3));
}

static u64 release(struct kcall *k)
{
    if (!kcall_u32(k, 1))
        return WSAEINVAL;
    heap_free(k->e, kcall_u32(k, 1));
    return 0;
}

u64 xam_NetDll_XNetDnsRelease(struct kcall *k)
{
    return release(k);
}

u64 xam_NetDll_XNetQosRelease(struct kcall *k)
{
    return release(k);
}

/* Nobody asks. */
u64 xam_NetDll_XNetQosListen(struct kcall *k)
{
    (void)k;
    return 0;
}
