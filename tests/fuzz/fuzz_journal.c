/* SPDX-License-Identifier: BSD-3-Clause
 * Fuzzes the journal's reader: a whole file when it begins like one, else a block's
 * bytes or a template's. */
#include "replay/block.h"
#include "replay/template.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const struct journal_site sites[] = {
    {.kind = EVENT_call, .count = 11, .fields = 11, .op = 1, .lr = 2},
    {.kind = EVENT_return, .count = 2, .fields = 2},
    {.kind = EVENT_hash, .count = 3, .fields = 3},
    {.kind = EVENT_line, .count = 0, .fields = 0},
};

/* The head of `head_size` bytes, then the data. */
static void fuzz_block(const u8 *data, size_t size, size_t head_size, u32 count)
{
    struct err err;
    struct block_bytes bytes = {data, head_size, data + head_size, size - head_size, 1, count, sites, countof(sites)};
    u64 counts[countof(sites)] = {0};
    struct buffer text = {0};
    struct journal_columns columns = {
        .site = malloc(count * 4 + 4),
        .index = malloc(count * 4 + 4),
        .time = malloc(count * 8 + 8),
        .seq = malloc(count * 8 + 8),
    };
    struct event *events = malloc((count + 1) * sizeof *events);
    block_count_sites(&bytes, counts, &err);
    block_decode_columns(&bytes, COLUMNS_ALL, &columns, &err);
    struct block_events out = {.kinds = count % 2 ? UINT64_MAX : 1u << EVENT_call, .events = events, .text = &text};
    block_decode_events(&bytes, &out, &err);
    buffer_free(&text);
    journal_columns_free(&columns);
    free(events);
}

/* Any template, on any fields. */
static void fuzz_template(const u8 *data, size_t size)
{
    struct err err;
    struct template t;
    struct event event = {.time = 5};
    const u64 numbers[BLOCK_FIELDS_MAX] = {0};
    if (!template_read(&t, data, size, &err))
        return;
    template_fill(&t, numbers, numbers, &event);
    struct buffer back = {0};
    template_write(&t, &back);
    buffer_free(&back);
    template_free(&t);
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
    if (size < 8 || size > 1 << 22)
        return 0;
    size_t head_size = load_be16(data + 3);
    if (size >= 16 && !memcmp(data, "SQLite format 3", 16))
        fuzz_file(data, size);
    else if (data[0] % 2)
        fuzz_template(data + 1, size - 1);
    else
        fuzz_block(data + 5, size - 5, head_size < size - 5 ? head_size : size - 5, load_be16(data + 1));
    return 0;
}
