/* SPDX-License-Identifier: BSD-3-Clause
 * The printf family; and the title's own header. */
#include "rtl.h"

static u32 length(const u16 *text)
{
    u32 n = 0;
    while (text[n])
        n++;
    return n;
}

static int is(const u16 *wide, const char *text)
{
    u32 n = (u32)strlen(text), good = length(wide) == n;
    for (u32 i = 0; good && i < n; i++)
        good = wide[i] == (u8)text[i];
    return (int)good;
}

/* Each argument in a slot of eight bytes: the console's list. */
static const u64 list[] = {7, (u64)-8, 0xBEEF};

void check_prints(void)
{
    static const u16 format[] = {'%', 'd', ' ', '%', 'd', ' ', '%', 'x', 0};
    static const char narrow[] = "%d %d %x";
    char text[32];
    u16 wide[32];
    check("sprintf",
          sprintf(text, "%5d|%-4s|%08x|%c", -12, "ab", 0xC0DE, '!') == 21 && !strcmp(text, "  -12|ab  |0000c0de|!"));
    memset(text, '#', sizeof text);
    check("_snprintf cuts", _snprintf(text, 4, "%s", "abcdef") == -1 && !memcmp(text, "abcd#", 5));
    check("_scprintf counts", _scprintf("%d %s", 1234, "xy") == 7);
    check("vsprintf", vsprintf(text, narrow, (void *)list) == 9 && !strcmp(text, "7 -8 beef"));
    check("_vsnprintf", _vsnprintf(text, 3, narrow, (void *)list) == -1 && !memcmp(text, "7 -", 3));
    check("_vscprintf", _vscprintf(narrow, (void *)list) == 9);
    check("swprintf", swprintf(wide, format, 7, -8, 0xBEEF) == 9 && is(wide, "7 -8 beef"));
    wide[4] = '#';
    check("_snwprintf cuts", _snwprintf(wide, 4, format, 7, -8, 0xBEEF) == -1 && wide[3] == '8' && wide[4] == '#');
    check("_scwprintf", _scwprintf(format, 7, -8, 0xBEEF) == 9);
    check("vswprintf", vswprintf(wide, format, (void *)list) == 9 && is(wide, "7 -8 beef"));
    check("_vsnwprintf", _vsnwprintf(wide, 2, format, (void *)list) == -1 && wide[0] == '7');
    check("_vscwprintf", _vscwprintf(format, (void *)list) == 9);
    u32 *module = *(u32 **)XexExecutableModuleHandle;
    u32 *header = (u32 *)module[0x58 / 4];
    u32 entry = (u32)RtlImageXexHeaderField(header, 0x10100);
    check("the title's header", header[0] == 0x58455832 && entry >= 0x82000000 && entry < 0x83000000);
    check("has no field that is none", RtlImageXexHeaderField(header, 0x12345600) == NULL);
}
