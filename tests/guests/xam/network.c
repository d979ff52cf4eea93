/* SPDX-License-Identifier: BSD-3-Clause
 * The network of a console whose cable is not plugged in. */
#include "checks.h"

enum { CALLER = 1, INTERNET = 2, STREAM = 1, DATAGRAM = 2, UDP = 17, SOCKET_LEVEL = 0xFFFF };
enum { FAULT = 10014, INVALID = 10022, WOULD_BLOCK = 10035, NOT_SOCKET = 10038, MESSAGE_SIZE = 10040, IN_USE = 10048 };
enum { NOT_CONNECTED_YET = 10057, UNREACHABLE = 10065, NOT_STARTED = 10093, NOT_FOUND_NAME = 11001 };
enum { INTERRUPTED = 10004, SHUT = 10058, NOT_SUPPORTED = 10092, NO_ADDRESS = 1 };

struct name {
    u16 family, port;
    u32 address, zero[2];
};
struct set {
    u32 count, sockets[64];
};

static int failed(u32 result, u32 error)
{
    return result == 0xFFFFFFFF && NetDll_WSAGetLastError() == error;
}

static void check_start(void)
{
    u8 data[400], parameters[13] = {13, 1, 8}, got[13] = {0}, id[8] = {0xFF}, key[16] = {0};
    u32 size = 4;
    u16 port = 0;
    check("no sockets before the start", failed(NetDll_socket(CALLER, INTERNET, STREAM, 6), NOT_STARTED));
    check("no end either", failed(NetDll_WSACleanup(CALLER), NOT_STARTED));
    check("the library starts", NetDll_WSAStartup(CALLER, 0x202, data) == 0 && data[1] == 2);
    check("by the other call, too", NetDll_WSAStartupEx(CALLER, 0x101, data, 0) == 0 && data[0] == 1 && data[1] == 1 &&
                                        data[2] == 2 && NetDll_WSACleanup(CALLER) == 0);
    check("not as version 0", NetDll_WSAStartupEx(CALLER, 0x200, data, 0) == NOT_SUPPORTED);
    check("XNet too", NetDll_XNetStartup(CALLER, parameters) == 0);
    check("what it started with", NetDll_XNetGetOpt(CALLER, 1, got, &size) == MESSAGE_SIZE && size == 13);
    check("is told", NetDll_XNetGetOpt(CALLER, 1, got, &size) == 0 && !memcmp(got, parameters, 13));
    check("and nothing else", NetDll_XNetGetOpt(CALLER, 7, got, &size) == INVALID);
    parameters[0] = 5;
    check("parameters have a size", NetDll_XNetStartupEx(CALLER, parameters, 0) == INVALID);
    check("random bytes", NetDll_XNetRandom(CALLER, key, 16) == 0 && (key[0] | key[7] | key[15]));
    check("a key of system link", NetDll_XNetCreateKey(CALLER, id, key) == 0 && id[0] < 0x20);
    check("the port of system link", NetDll_XNetGetSystemLinkPort(CALLER, &port) == 0 && port == 1000);
    check("can be another", NetDll_XNetSetSystemLinkPort(CALLER, 3074) == 0 &&
                                NetDll_XNetGetSystemLinkPort(CALLER, &port) == 0 && port == 3074);
}

static void check_options(u32 udp)
{
    u32 value = 1, size = 4;
    check("an option", NetDll_setsockopt(CALLER, udp, SOCKET_LEVEL, 0x20, (u8 *)&value, 4) == 0);
    value = 9;
    check("is kept", NetDll_getsockopt(CALLER, udp, SOCKET_LEVEL, 0x20, (u8 *)&value, &size) == 0 && value == 1);
    check("one that was not set",
          NetDll_getsockopt(CALLER, udp, SOCKET_LEVEL, 0x80, (u8 *)&value, &size) == 0 && value == 0);
    check("the type",
          NetDll_getsockopt(CALLER, udp, SOCKET_LEVEL, 0x1008, (u8 *)&value, &size) == 0 && value == DATAGRAM);
    size = 2;
    check("needs its room", failed(NetDll_getsockopt(CALLER, udp, SOCKET_LEVEL, 0x1008, (u8 *)&value, &size), FAULT));
}

static void check_names(u32 udp)
{
    struct name name = {INTERNET, 3074, 0, {0}}, got = {0};
    u32 size = 16, other = NetDll_socket(CALLER, INTERNET, DATAGRAM, UDP);
    check("no name yet", failed(NetDll_getsockname(CALLER, udp, (u8 *)&got, &size), INVALID));
    check("a short name is none", failed(NetDll_bind(CALLER, udp, (u8 *)&name, 8), FAULT));
    check("a name", NetDll_bind(CALLER, udp, (u8 *)&name, 16) == 0);
    check("is told", NetDll_getsockname(CALLER, udp, (u8 *)&got, &size) == 0 && !memcmp(&got, &name, 16) && size == 16);
    check("once", failed(NetDll_bind(CALLER, udp, (u8 *)&name, 16), INVALID));
    check("by one socket", failed(NetDll_bind(CALLER, other, (u8 *)&name, 16), IN_USE));
    name.port = 0;
    check("any port", NetDll_bind(CALLER, other, (u8 *)&name, 16) == 0 &&
                          NetDll_getsockname(CALLER, other, (u8 *)&got, &size) == 0 && got.port >= 49152);
    check("nobody is at the other end", failed(NetDll_getpeername(CALLER, udp, (u8 *)&got, &size), NOT_CONNECTED_YET));
    check("it is closed",
          NetDll_closesocket(CALLER, other) == 0 && failed(NetDll_closesocket(CALLER, other), NOT_SOCKET));
}

static void check_silence(u32 udp)
{
    struct name name = {INTERNET, 1000, 0x0A000001, {0}};
    struct set reading = {1, {udp}}, writing = {1, {udp}}, bad = {1, {0x1234}};
    u32 yes = 1, there = 9, timeout[2] = {0, 20000};
    u8 bytes[16];
    u32 before = GetTickCount();
    check("it shall not wait", NetDll_ioctlsocket(CALLER, udp, 0x8004667E, &yes) == 0);
    check("nothing came", failed(NetDll_recvfrom(CALLER, udp, bytes, 16, 0, NULL, NULL), WOULD_BLOCK));
    check("not a byte", NetDll_ioctlsocket(CALLER, udp, 0x4004667F, &there) == 0 && there == 0);
    check("nobody is reached", failed(NetDll_sendto(CALLER, udp, bytes, 16, 0, (u8 *)&name, 16), UNREACHABLE));
    check("nothing is ready, after a while",
          NetDll_select(CALLER, 0, (u8 *)&reading, NULL, NULL, (u8 *)timeout) == 0 && reading.count == 0);
    check("of so long", GetTickCount() - before >= 20 && GetTickCount() - before <= 21);
    check("it could be written to", NetDll_select(CALLER, 0, NULL, (u8 *)&writing, NULL, NULL) == 1 &&
                                        writing.count == 1 && writing.sockets[0] == udp);
    check("sets hold sockets", failed(NetDll_select(CALLER, 0, (u8 *)&bad, NULL, NULL, (u8 *)timeout), NOT_SOCKET));
    check("there must be one", failed(NetDll_select(CALLER, 0, NULL, NULL, NULL, (u8 *)timeout), INVALID));
    check("it is shut", NetDll_shutdown(CALLER, udp, 2) == 0 && failed(NetDll_shutdown(CALLER, udp, 3), INVALID));
    check("both ways", failed(NetDll_recvfrom(CALLER, udp, bytes, 16, 0, NULL, NULL), SHUT) &&
                           failed(NetDll_sendto(CALLER, udp, bytes, 16, 0, (u8 *)&name, 16), SHUT));
}

static void check_streams(void)
{
    struct name name = {INTERNET, 80, 0, {0}};
    u32 yes = 1, tcp = NetDll_socket(CALLER, INTERNET, STREAM, 6);
    check("a stream", tcp != 0xFFFFFFFF && failed(NetDll_listen(CALLER, tcp, 5), INVALID));
    check("listens", NetDll_bind(CALLER, tcp, (u8 *)&name, 16) == 0 && NetDll_listen(CALLER, tcp, 5) == 0);
    check("nobody calls", NetDll_ioctlsocket(CALLER, tcp, 0x8004667E, &yes) == 0 &&
                              failed(NetDll_accept(CALLER, tcp, NULL, NULL), WOULD_BLOCK));
    check("nobody is called", failed(NetDll_connect(CALLER, tcp, (u8 *)&name, 16), UNREACHABLE));
    check("nor told", failed(NetDll_send(CALLER, tcp, (u8 *)&name, 4, 0), NOT_CONNECTED_YET));
    check("nor heard", failed(NetDll_recv(CALLER, tcp, (u8 *)&name, 4, 0), NOT_CONNECTED_YET));
    NetDll_closesocket(CALLER, tcp);
    check("other families", failed(NetDll_socket(CALLER, 23, STREAM, 6), 10047));
    check("other types", failed(NetDll_socket(CALLER, INTERNET, 3, 0), 10044));
    check("other protocols", failed(NetDll_socket(CALLER, INTERNET, STREAM, UDP), 10043));
}

/* Either call gives an address of nothing but zero bytes, and no more of them than it has. */
static void check_addresses(void)
{
    static const u8 nothing[36];
    u8 title[37], debug[37];
    memset(title, 9, sizeof title);
    memset(debug, 9, sizeof debug);
    check("a title has no address", NetDll_XNetGetTitleXnAddr(CALLER, title) == NO_ADDRESS &&
                                        !memcmp(title, nothing, sizeof nothing) && title[36] == 9);
    check("nor has who looks into it", NetDll_XNetGetDebugXnAddr(CALLER, debug) == NO_ADDRESS &&
                                           !memcmp(debug, nothing, sizeof nothing) && debug[36] == 9);
}

static u32 waiting_failed;

static u32 wait_in_vain(void *socket)
{
    u8 byte;
    waiting_failed = failed(NetDll_recvfrom(CALLER, (u32)socket, &byte, 1, 0, NULL, NULL), INTERRUPTED);
    return 0;
}

/* Who waits for a socket is told when another thread closes it. */
static void check_closing(void)
{
    struct name name = {INTERNET, 4000, 0, {0}};
    u32 udp = NetDll_socket(CALLER, INTERNET, DATAGRAM, UDP), id;
    NetDll_bind(CALLER, udp, (u8 *)&name, 16);
    u32 thread = CreateThread(NULL, 0x10000, (void *)wait_in_vain, (void *)udp, 0, &id);
    check("nothing comes", WaitForSingleObject(thread, 20) == TIMEOUT);
    check("it is closed", NetDll_closesocket(CALLER, udp) == 0);
    check("which ends the wait", WaitForSingleObject(thread, 1000) == SUCCESS && waiting_failed);
    udp = NetDll_socket(CALLER, INTERNET, DATAGRAM, UDP);
    check("its port is free", NetDll_bind(CALLER, udp, (u8 *)&name, 16) == 0);
    NetDll_closesocket(CALLER, udp);
    CloseHandle(thread);
}

static void check_lookups(void)
{
    u32 event = NetDll_WSACreateEvent(), events[2] = {NetDll_WSACreateEvent(), event};
    u32 *found = NULL;
    check("a name is looked up", NetDll_XNetDnsLookup(CALLER, "example.com", event, (void **)&found) == 0 && found);
    check("and not found", found[0] == NOT_FOUND_NAME && found[1] == 0);
    check("who waits is told", NetDll_WSAWaitForMultipleEvents(2, (u8 *)events, 0, 1000, 0) == 1);
    check("not both", NetDll_WSAWaitForMultipleEvents(2, (u8 *)events, 1, 1, 0) == TIMEOUT);
    check("events only", NetDll_WSAWaitForMultipleEvents(65, (u8 *)events, 1, 1, 0) == 0xFFFFFFFF);
    check("it is given back",
          NetDll_XNetDnsRelease(CALLER, found) == 0 && NetDll_XNetDnsRelease(CALLER, NULL) == INVALID);
    NetDll_WSACloseEvent(events[0]);
    NetDll_WSACloseEvent(event);
}

void check_sockets(void)
{
    check_start();
    u32 udp = NetDll_socket(CALLER, INTERNET, DATAGRAM, UDP);
    check("a socket", udp != 0xFFFFFFFF);
    check_options(udp);
    check_names(udp);
    check_silence(udp);
    NetDll_closesocket(CALLER, udp);
    check_streams();
    check_closing();
    check_addresses();
    check_lookups();
    check("the end", NetDll_XNetCleanup(CALLER, NULL) == 0 && NetDll_WSACleanup(CALLER) == 0);
    check("once", failed(NetDll_WSACleanup(CALLER), NOT_STARTED));
}
