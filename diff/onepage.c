/* SPDX-License-Identifier: BSD-3-Clause
 * Gathering the one-page answer (diff/onepage.h). */
#include "diff/onepage.h"
#include "diff/map.h"

#include <stdlib.h>

/* What only tells how a run went, or where files lie, is no setting. */
static bool is_setting(const char *key)
{
    static const char *const others[] = {"end.",  "journal.", "source.",    "op.",          "schema",
                                         "wedge", "coverage", "title.path", "engine.build", "command"};
    for (size_t i = 0; i < countof(others); i++)
        if (!strncmp(key, others[i], strlen(others[i])))
            return false;
    return true;
}

static void add_setting(struct onepage *page, const char *key, const char *a, const char *b)
{
    page->settings = realloc(page->settings, (page->setting_count + 1) * sizeof *page->settings);
    CHECK(page->settings, "out of memory");
    page->settings[page->setting_count++] = (struct onepage_setting){key, a, b};
}

void onepage_find_settings(struct onepage *page)
{
    const struct journal_reader *a = run_journal(page->run[0]), *b = run_journal(page->run[1]);
    const char *key, *value;
    for (size_t i = 0; i < journal_meta_count(a); i++) {
        journal_meta_at(a, i, &key, &value);
        const char *other = journal_get(b, key);
        if (is_setting(key) && (!other || strcmp(value, other)))
            add_setting(page, key, value, other);
    }
    for (size_t i = 0; i < journal_meta_count(b); i++) {
        journal_meta_at(b, i, &key, &value);
        if (is_setting(key) && !journal_get(a, key))
            add_setting(page, key, NULL, value);
    }
}

static struct onepage_row *row_of(struct onepage *page, struct map *places, u32 side, const struct run_site *site)
{
    u32 place = map_get(places, site->key);
    if (place != MAP_NONE)
        return &page->rows[place];
    page->rows = realloc(page->rows, (page->row_count + 1) * sizeof *page->rows);
    CHECK(page->rows, "out of memory");
    map_set(places, site->key, page->row_count);
    page->rows[page->row_count] = (struct onepage_row){.op = site->op, .lr = site->lr, .named = page->run[side]};
    return &page->rows[page->row_count++];
}

static u64 gap(const struct onepage_row *row)
{
    return row->count[0] > row->count[1] ? row->count[0] - row->count[1] : row->count[1] - row->count[0];
}

/* Sites that one run never came by first, then the greatest difference; a total order. */
static int by_gap(const void *a, const void *b)
{
    const struct onepage_row *x = a, *y = b;
    bool is_one_sided_x = !x->count[0] || !x->count[1], is_one_sided_y = !y->count[0] || !y->count[1];
    if (is_one_sided_x != is_one_sided_y)
        return is_one_sided_x ? -1 : 1;
    if (gap(x) != gap(y))
        return gap(x) > gap(y) ? -1 : 1;
    if (x->op != y->op)
        return x->op < y->op ? -1 : 1;
    return x->lr < y->lr ? -1 : x->lr > y->lr;
}

static void count_sites(struct onepage *page)
{
    struct map places = {0};
    for (u32 side = 0; side < 2; side++)
        for (u32 i = 0; i < run_site_count(page->run[side]); i++) {
            const struct run_site *site = run_site(page->run[side], i);
            if (site->kind == EVENT_call && !site->noise && !site->declared)
                row_of(page, &places, side, site)->count[side] += site->count;
        }
    map_free(&places);
    if (page->row_count)
        qsort(page->rows, page->row_count, sizeof *page->rows, by_gap);
}

const char *onepage_status(const struct onepage_row *row)
{
    return row->count[0] == row->count[1]  ? "MATCH"
           : !row->count[1]                ? "MISSING"
           : !row->count[0]                ? "EXTRA"
           : row->count[1] < row->count[0] ? "UNDER"
                                           : "OVER";
}

bool onepage_make(struct onepage *page, struct run *a, struct run *b, const char *map, struct err *err)
{
    struct first_options options = {.keys.parts = KEY_DEFAULT,
                                    .limit = UINT64_MAX,
                                    .last_time = {UINT64_MAX, UINT64_MAX},
                                    .values_most = FIRST_VALUES};
    *page = (struct onepage){.run = {a, b}};
    if (!ladder_make(&page->ladder, a, b, map, err))
        return false;
    first_find(&page->first, &page->ladder.pairing, &options);
    onepage_find_settings(page);
    count_sites(page);
    onepage_find_probes(page);
    return true;
}

void onepage_free(struct onepage *page)
{
    first_finish(&page->first);
    ladder_free(&page->ladder);
    free(page->settings);
    free(page->rows);
}

int onepage_exit_code(const struct onepage *page)
{
    static const int codes[] = {EXIT_OK, EXIT_HOST_ERROR, EXIT_UNCERTAIN};
    return codes[page->first.verdict];
}
