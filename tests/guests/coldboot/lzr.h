/* SPDX-License-Identifier: BSD-3-Clause
 * The items' packed format: for the title and for the host's packer. A file is an lzr_header (big-endian), then the
 * packed bytes; data\items.tbl is a count, then size and checksum of each item. */
#ifndef LZR_H
#define LZR_H

#include <stdbool.h>

enum { LZR_MATCH_LEAST = 4, LZR_MATCH_MOST = 4 + 0x7F, LZR_LITERALS_MOST = 0x80, LZR_ITEM_MOST = 0x10000 };

struct lzr_header {
    unsigned magic; /* "LZR1" */
    unsigned size;  /* unpacked */
    unsigned packed;
    unsigned checksum; /* of the unpacked bytes */
};

#define LZR_MAGIC 0x4C5A5231u

unsigned lzr_checksum(const unsigned char *data, unsigned size);
bool lzr_unpack(const unsigned char *packed, unsigned packed_size, unsigned char *out, unsigned size);

#endif
