/* SPDX-License-Identifier: BSD-3-Clause
 * What the files of the network's library share. The last socket error is the thread's last error. */
#ifndef EMU_KERNEL_XAM_NET_H
#define EMU_KERNEL_XAM_NET_H

#include "emu/kernel/xam.h"

enum {
    WSAEINTR = 10004,
    WSAEFAULT = 10014,
    WSAEINVAL = 10022,
    WSAEWOULDBLOCK = 10035,
    WSAENOTSOCK = 10038,
    WSAEMSGSIZE = 10040,
    WSAENOPROTOOPT = 10042,
    WSAEPROTONOSUPPORT = 10043,
    WSAESOCKTNOSUPPORT = 10044,
    WSAEOPNOTSUPP = 10045,
    WSAEAFNOSUPPORT = 10047,
    WSAEADDRINUSE = 10048,
    WSAENOBUFS = 10055,
    WSAENOTCONN = 10057,
    WSAESHUTDOWN = 10058,
    WSAEHOSTUNREACH = 10065,
    WSAVERNOTSUPPORTED = 10092,
    WSANOTINITIALISED = 10093,
    WSAHOST_NOT_FOUND = 11001,
};

#define SOCKET_ERROR 0xFFFFFFFFu

/* The call failed: SOCKET_ERROR, and why. */
u64 net_fail(struct kcall *k, u32 error);

#endif
