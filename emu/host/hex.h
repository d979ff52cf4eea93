/* SPDX-License-Identifier: BSD-3-Clause
 * Bytes that a user gives as hex digits. */
#ifndef EMU_HOST_HEX_H
#define EMU_HOST_HEX_H

#include "schema/base.h"

#include <stdlib.h>

/* How many hex digits the text begins with. */
static inline size_t hex_digits(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF");
}

/* Two digits a byte, which must be there. */
static inline void hex_bytes(const char *digits, u8 *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char pair[] = {digits[2 * i], digits[2 * i + 1], '\0'};
        out[i] = (u8)strtoul(pair, NULL, 16);
    }
}

#endif
