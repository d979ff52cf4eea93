/* SPDX-License-Identifier: BSD-3-Clause
 * The items' packed format, shared with the host's packer (tools/pack.c). A control byte c < 0x80 is followed by c + 1
 * plain bytes; any other copies (c & 0x7F) + 4 bytes from a big-endian 16-bit distance back. */
#include "lzr.h"

/* FNV-1a. */
unsigned lzr_checksum(const unsigned char *data, unsigned size)
{
    unsigned hash = 0x811C9DC5u;
    for (unsigned i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x01000193u;
    return hash;
}

bool lzr_unpack(const unsigned char *packed, unsigned packed_size, unsigned char *out, unsigned size)
{
    unsigned from = 0, to = 0;
    while (from < packed_size) {
        unsigned control = packed[from++];
        if (control < 0x80) {
            unsigned count = control + 1;
            if (count > packed_size - from || count > size - to)
                return false;
            while (count--)
                out[to++] = packed[from++];
            continue;
        }
        if (packed_size - from < 2)
            return false;
        unsigned count = (control & 0x7F) + LZR_MATCH_LEAST;
        unsigned distance = (unsigned)packed[from] << 8 | packed[from + 1];
        from += 2;
        if (!distance || distance > to || count > size - to)
            return false;
        for (; count; count--, to++)
            out[to] = out[to - distance];
    }
    return to == size;
}
