/* SPDX-License-Identifier: BSD-3-Clause
 * Gathering the one-page answer (diff/onepage.h). */
#include "diff/onepage.h"

#include <stdlib.h>

struct run *onepage_named_by(const struct onepage *page, const struct fires_row *row)
{
    return page->run[row->count[0] ? 0 : 1];
}

static u64 gap(const struct fires_row *row)
{
    return row->count[0] > row->count[1] ? row->count[0] - row->count[1] : row->count[1] - row->count[0];
}

/* Sites that one run never came by tell most; what cannot be told, noise and what matches least. */
static u32 telling(const struct fires_row *row)
{
    if (row->status == FIRES_MATCH || row->noise != NOISE_NONE)
        return row->status == FIRES_MATCH ? 4 : 3;
    if (row->status == FIRES_MIXED || row->status == FIRES_UNCAPTURED)
        return 2;
    return row->count[0] && row->count[1];
}

static int by_telling(const void *a, const void *b)
{
    const struct fires_row *x = *(const struct fires_row *const *)a, *y = *(const struct fires_row *const *)b;
    if (telling(x) != telling(y))
        return telling(x) < telling(y) ? -1 : 1;
    if (gap(x) != gap(y))
        return gap(x) > gap(y) ? -1 : 1;
    return memcmp(&x->key, &y->key, sizeof x->key);
}

static bool count_sites(struct onepage *page, struct err *err)
{
    page->fires_options = (struct fires_options){.dimensions = FIRES_OP | FIRES_LR, .window = {WINDOW_ALL, WINDOW_ALL}};
    if (!fires_make(&page->fires, &page->ladder.pairing, &page->fires_options, err))
        return false;
    fires_judge(&page->fires);
    page->row_count = page->fires.row_count;
    page->rows = malloc((page->row_count + 1u) * sizeof *page->rows);
    CHECK(page->rows, "out of memory");
    for (u32 i = 0; i < page->row_count; i++)
        page->rows[i] = &page->fires.rows[i];
    if (page->row_count)
        qsort(page->rows, page->row_count, sizeof(struct fires_row *), by_telling);
    while (page->telling_count < page->row_count && telling(page->rows[page->telling_count]) < 3)
        page->telling_count++;
    return true;
}

bool onepage_make(struct onepage *page, struct run *a, struct run *b, const char *map, struct err *err)
{
    struct first_options options = {.keys.parts = KEY_DEFAULT,
                                    .limit = UINT64_MAX,
                                    .last_time = {UINT64_MAX, UINT64_MAX},
                                    .values_most = FIRST_VALUES};
    *page = (struct onepage){.run = {a, b}};
    if (!ladder_make_all(&page->ladder, a, b, map, err))
        return false;
    first_find(&page->first, &page->ladder.pairing, &options);
    environment_compare(&page->environment, a, b);
    if (!count_sites(page, err) || !run_is_whole(a, err) || !run_is_whole(b, err)) {
        onepage_free(page);
        return false;
    }
    outcome_find(&page->outcome, page);
    onepage_find_probes(page);
    for (u32 side = 0; side < 2; side++)
        page->hypothesis_count[side] = hypothesis_all(run_journal(page->run[side]), &page->hypotheses[side]);
    return true;
}

void onepage_free(struct onepage *page)
{
    first_finish(&page->first);
    ladder_free(&page->ladder);
    environment_free(&page->environment);
    for (u32 side = 0; side < 2; side++)
        hypothesis_free(page->hypotheses[side], page->hypothesis_count[side]);
    free(page->rows);
    fires_free(&page->fires);
}
