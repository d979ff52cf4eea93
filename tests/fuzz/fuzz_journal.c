/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the journal's reader: a whole file when it begins like one, else a block's bytes, unpacked or packed. */
#include "replay/block.h"
#include "replay/journal.h"

#include <lz4.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void fuzz_block(const u8 *packed, size_t size, u32 raw_size, u32 count)
{
    struct err err;
    u64 kinds[EVENT_KINDS] = {0};
    struct event *events = malloc((count + 1) * sizeof *events);
    block_decode(packed, size, raw_size, 1, count, events, &err);
    block_count_kinds(packed, size, raw_size, count, kinds, &err);
    free(events);
}

/* Through LZ4, so that the fuzzer's bytes are the columns themselves. */
static void fuzz_columns(const u8 *raw, size_t size, u32 count)
{
    int bound = LZ4_compressBound((int)size);
    char *packed = malloc((size_t)bound);
    int packed_size = LZ4_compress_default((const char *)raw, packed, (int)size, bound);
    fuzz_block((const u8 *)packed, (size_t)packed_size, (u32)size, count);
    free(packed);
}

static void fuzz_file(const u8 *data, size_t size)
{
    struct err err;
    const struct event *event;
    struct journal_reader *r = journal_open_bytes(data, size, &err);
    if (!r)
        return;
    journal_verify(r, NULL, NULL);
    struct journal_cursor *c = journal_cursor_all(r, 0, &err);
    for (u32 i = 0; i < 100000 && journal_cursor_next(c, &event, &err); i++)
        continue;
    journal_cursor_close(c);
    journal_close(r);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    if (size < 4 || size > 1 << 22)
        return 0;
    u32 count = load_be16(data + 1);
    if (size >= 16 && !memcmp(data, "SQLite format 3", 16))
        fuzz_file(data, size);
    else if (data[0] % 2)
        fuzz_columns(data + 3, size - 3, count);
    else
        fuzz_block(data + 3, size - 3, (u32)size * 4, count);
    return 0;
}
