/* SPDX-License-Identifier: BSD-3-Clause
 * A library with data in static TLS. */
#include <guest.h>

__attribute__((used)) static __thread u32 own = 7;

u32 DllMain(void *handle, u32 reason, void *reserved)
{
    (void)handle, (void)reason, (void)reserved;
    return 1;
}
