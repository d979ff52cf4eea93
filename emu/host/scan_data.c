/* SPDX-License-Identifier: BSD-3-Clause
 * Data (emu/host/scan.h): tables of pointers to functions, and texts. */
#include "emu/host/scan.h"

#include <stdlib.h>

enum { POINTERS_MIN = 2, TEXT_MIN = 4, TEXT_MAX = 4096 };

static bool is_function(const struct scan *scan, u32 address)
{
    return scan_is_code(scan, address) && scan->hows[scan_place(scan, address)];
}

static u32 count_pointers(const struct scan *scan, u32 at, u32 end)
{
    u32 count = 0;
    while (at + 4 <= end && is_function(scan, scan_word(scan, at)) &&
           !(scan->marks[scan_place(scan, at)] & SCAN_TABLE) &&
           !(count && scan->marks[scan_place(scan, at)] & SCAN_TARGET)) {
        at += 4;
        count++;
    }
    return count;
}

static void find_pointers(struct scan *scan, const struct scan_section *s)
{
    for (u32 at = (s->start + 3) & ~3u; at + 4 <= s->end; at += 4) {
        u32 count = count_pointers(scan, at, s->end);
        if (count < POINTERS_MIN)
            continue;
        *SCAN_ADD(&scan->tables) = (struct scan_table){.start = at, .count = count, .width = 4, .kind = SCAN_POINTERS};
        at += 4 * (count - 1);
    }
}

static bool is_text(u32 c)
{
    return (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r';
}

static u32 unit(const u8 *p, u32 width)
{
    return width == 1 ? p[0] : load_be16(p);
}

/* Bytes of the text at the address, without its NUL; 0: there is none. */
static u32 text_size(const struct scan *scan, u32 at, u32 end, u32 width)
{
    u32 size = 0;
    const u8 *p = scan->data + (at - scan->base);
    while (at + size + width <= end && size < TEXT_MAX * width && is_text(unit(p + size, width)))
        size += width;
    return size >= TEXT_MIN * width && at + size + width <= end && !unit(p + size, width) ? size : 0;
}

static void find_strings(struct scan *scan, const struct scan_section *s)
{
    for (u32 at = s->start; at < s->end;) {
        u32 size = text_size(scan, at, s->end, 1), wide = at & 1 ? 0 : text_size(scan, at, s->end, 2);
        if (size || wide) {
            *SCAN_ADD(&scan->strings) = (struct scan_string){at, at + (wide ? wide + 2 : size + 1), wide != 0};
            at += wide ? wide + 2 : size + 1;
            continue;
        }
        /* In the middle of what was no text because of its end, there is none either. */
        while (at < s->end && is_text(scan->data[at - scan->base]))
            at++;
        at++;
    }
}

static int by_start(const void *a, const void *b)
{
    const struct scan_table *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start ? 1 : x->site < y->site ? -1 : x->site > y->site;
}

void scan_find_data(struct scan *scan)
{
    /* A place that code refers to is where a table begins. */
    for (u32 i = 0; i < scan->references.count; i++)
        scan->marks[scan_place(scan, scan->references.list[i].target)] |= SCAN_TARGET;
    for (u32 i = 0; i < scan->sections.count; i++) {
        const struct scan_section *s = &scan->sections.list[i];
        if (s->is_code || (s->start <= scan->pdata && scan->pdata < s->end))
            continue;
        find_pointers(scan, s);
        find_strings(scan, s);
    }
    if (scan->tables.count)
        qsort(scan->tables.list, scan->tables.count, sizeof *scan->tables.list, by_start);
}
