/* SPDX-License-Identifier: BSD-3-Clause
 * Escaping (diff/escape.h). */
#include "diff/escape.h"

void escape_markup(const char *text, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc((u8)text[i] < 0x20 && text[i] != '\n' ? ' ' : text[i], out);
        }
}
