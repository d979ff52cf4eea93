/* SPDX-License-Identifier: BSD-3-Clause
 * Checks from inside that the system library behaves as the console's for what a title asks while it boots. Prints a
 * line a check; the exit code is the number of failures. */
#include "checks.h"

static u32 failures;

void check(const char *name, int good)
{
    DbgPrint("%s %s\n", good ? "ok" : "FAIL", name);
    failures += !good;
}

int is_wide(const u16 *text, const char *want)
{
    u32 i = 0;
    while (want[i] && text[i] == (u8)want[i])
        i++;
    return want[i] == 0 && text[i] == 0;
}

int main(void)
{
    check_notifications();
    check_users();
    check_win32();
    check_locale();
    check_content();
    check_system();
    check_console();
    check_network();
    check_messages();
    check_sockets();
    check_settings();
    check_small_calls();
    DbgPrint("xam: %u failures\n", failures);
    return (int)failures;
}
