/* SPDX-License-Identifier: BSD-3-Clause
 * The smallest title: says a line and ends. */
#include <xboxkrnl.h>

int main(void)
{
    DbgPrint("hello from the machine\n");
    return 0;
}
