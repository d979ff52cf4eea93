/* SPDX-License-Identifier: BSD-3-Clause
 * Launch data, versions; the network of a console whose cable is not plugged in. */
#include "checks.h"

enum { LAUNCH_NONE = 0x490, WSAEFAULT = 10014, CALLER = 1, ADDRESS_BAD = 0xFFFFFFFF };

void check_system(void)
{
    char data[16] = "";
    u32 size = 9;
    check("no launch data", XamLoaderGetLaunchDataSize(&size) == LAUNCH_NONE && size == 0 &&
                                XamLoaderGetLaunchData(data, 16) == LAUNCH_NONE);
    check("launch data", XamLoaderSetLaunchData("abcdef", 7) == SUCCESS);
    check("its size", XamLoaderGetLaunchDataSize(&size) == SUCCESS && size == 7);
    check("itself", XamLoaderGetLaunchData(data, 16) == SUCCESS && !strcmp(data, "abcdef"));
    check("not too much", XamLoaderSetLaunchData(data, 0x3FD) == INVALID_PARAMETER);
    XamSetDashContext(0x1234);
    check("what the dashboard keeps", XamGetDashContext() == 0x1234);
    check("which this is not", !XamIsCurrentTitleDash());
    check("the system's version", XamGetSystemVersion() == (2u << 28 | 17559 << 8));
}

/* The pad of the first user is there, with all its parts, or none is. */
static void check_pad(void)
{
    u8 capabilities[20] = {0}, more[20] = {0};
    u32 status = XamInputGetCapabilities(0, 1, capabilities);
    check("a gamepad, or none", status == NOT_CONNECTED || (status == SUCCESS && capabilities[0] == 1));
    check("either call says so", XamInputGetCapabilitiesEx(1, 0, 1, more) == status && !memcmp(capabilities, more, 20));
    check("the fourth is not there", XamInputGetCapabilities(3, 1, capabilities) == NOT_CONNECTED);
}

void check_console(void)
{
    u32 mode[12] = {0}, mine = XamGetCurrentTitleId();
    void *block = NULL;
    const u32 *id = NULL;
    XGetVideoMode(mode);
    check("the video mode", mode[0] == 1280 && mode[1] == 720);
    check("a language, by either call",
          XGetLanguage() == XamGetLanguage() && XGetLanguage() >= 1 && XGetLanguage() <= 9);
    check("a region and a cable", XGetGameRegion() != 0 && XGetAVPack() != 0);
    check("memory", XamAlloc(0, 100, &block) == SUCCESS && block);
    memset(block, 1, 100);
    check("goes back", XamFree(block) == SUCCESS);
    check("by the other call, too", XamAllocEx(0, 0, 100, &block) == SUCCESS && block && XamFree(block) == SUCCESS);
    check("the title's own id", XamGetExecutionId((void **)&id) == SUCCESS && id && id[3] == mine);
    check_pad();
}

static void check_addresses(void)
{
    char text[20];
    check("an address", NetDll_inet_addr("192.168.1.20") == 0xC0A80114);
    check("and none", NetDll_inet_addr("1.2.3") == ADDRESS_BAD && NetDll_inet_addr("1.2.3.400") == ADDRESS_BAD &&
                          NetDll_inet_addr("a.b.c.d") == ADDRESS_BAD && NetDll_inet_addr("1.2.3.4.5") == ADDRESS_BAD);
    check("no text is none, and no error", NetDll_inet_addr("") == 0);
    check("as text", NetDll_XNetInAddrToString(CALLER, 0xC0A80114, text, 20) == 0 && !strcmp(text, "192.168.1.20"));
    check("not in too little room",
          NetDll_XNetInAddrToString(CALLER, 0xC0A80114, text, 5) == -1 && NetDll_WSAGetLastError() == WSAEFAULT);
    u32 set[65] = {2, 5, 7};
    check("sets of sockets", NetDll___WSAFDIsSet(7, set) && !NetDll___WSAFDIsSet(6, set));
}

void check_network(void)
{
    check_addresses();
    check("no link", NetDll_XNetGetEthernetLinkStatus(CALLER) == 0);
    NetDll_WSASetLastError(3);
    check("its last error", NetDll_WSAGetLastError() == 3);
    u32 event = NetDll_WSACreateEvent();
    check("events", event && WaitForSingleObject(event, 0) == TIMEOUT);
    check("are set", NetDll_WSASetEvent(event) && WaitForSingleObject(event, 0) == SUCCESS);
    check("and reset", NetDll_WSAResetEvent(event) && WaitForSingleObject(event, 0) == TIMEOUT);
    check("and closed", NetDll_WSACloseEvent(event) && !NetDll_WSASetEvent(event) && !NetDll_WSACloseEvent(event));
}
