/* SPDX-License-Identifier: BSD-3-Clause
 * Counting calls in two runs (diff/fires.h). */
#include "diff/fires.h"
#include "cli/cli.h"
#include "diff/coverage.h"
#include "diff/jitter.h"
#include "diff/map.h"
#include "diff/order.h"
#include "diff/select.h"
#include "diff/symbols.h"
#include "diff/unlogged.h"
#include "schema/role.h"

#include <stdlib.h>
#include <xxhash.h>

enum { REFERENCE = 2 };

const char *fires_status_name(u8 status)
{
    static const char *const names[] = {"MATCH", "UNDER", "OVER", "MISSING", "MIXED", "UNCAPTURED"};
    return names[status];
}

const char *fires_noise_name(u8 noise)
{
    if (noise == FIRES_DECLARED)
        return "declared";
    return noise == NOISE_NONE ? NULL : noise_class_name((enum noise_class)noise);
}

/* ---- Rows. ---- */

static struct fires_row *row_of(struct fires *f, const struct fires_key *key)
{
    u64 hash = XXH3_64bits(key, sizeof *key);
    u32 at = map_get(f->places, hash);
    if (at != MAP_NONE)
        return &f->rows[at];
    if (f->row_count == f->capacity) {
        f->capacity = f->capacity ? f->capacity * 2 : 256;
        f->rows = realloc(f->rows, f->capacity * sizeof *f->rows);
        CHECK(f->rows, "out of memory");
    }
    map_set(f->places, hash, f->row_count);
    struct fires_row *row = &f->rows[f->row_count++];
    memset(row, 0, sizeof *row);
    row->key = *key;
    row->noise = NOISE_CLASSES;
    return row;
}

/* The row's key for each site of a run, but for what depends on the thread. */
static struct fires_key *keys_of_sites(const struct fires *f, struct run *run)
{
    struct fires_key *keys = calloc(run_site_count(run) + 1u, sizeof *keys);
    u32 dimensions = f->options->dimensions;
    CHECK(keys, "out of memory");
    for (u32 i = 0; i < run_site_count(run); i++) {
        const struct run_site *site = run_site(run, i);
        u32 lr = f->options->is_unwrapped ? fires_unwrap(f, site->lr) : site->lr;
        struct symbols_function function = {.start = 0};
        if (dimensions & FIRES_FUNCTION && lr)
            symbols_function(symbols_open(run_journal(run)), lr - 4, &function);
        keys[i] = (struct fires_key){.op = dimensions & FIRES_OP ? site->op : 0,
                                     .lr = dimensions & FIRES_LR ? lr : 0,
                                     .function = function.start};
    }
    return keys;
}

static bool wants(const struct fires *f, struct run *run, const struct run_site *site)
{
    return site->kind == EVENT_call && keys_has_kind(site->op, f->options->kind) &&
           (!f->options->op || select_matches(f->options->op, run_op_name(run, site->op)));
}

static u8 noise_of(const struct run_site *site)
{
    return site->declared ? FIRES_DECLARED : site->noise;
}

/* ---- Counting. ---- */

struct counting {
    struct fires *fires;
    struct run *run;
    u32 side; /* REFERENCE: of A */
    const u32 *pair_of;
    struct fires_key *keys;
    bool *wanted;
    u64 *counts, *common;
    struct run_first *firsts;
    u64 total;
};

static void add_site(struct counting *c, u32 place, u32 site)
{
    struct fires *f = c->fires;
    struct fires_key key = c->keys[site];
    key.family = f->options->dimensions & FIRES_FAMILY ? run_thread(c->run, place)->entry : 0;
    key.pair = f->options->dimensions & FIRES_THREAD ? c->pair_of[place] : 0;
    struct fires_row *row = row_of(f, &key);
    u8 noise = noise_of(run_site(c->run, site));
    row->noise = row->noise == NOISE_CLASSES || row->noise == noise ? noise : NOISE_NONE;
    if (c->side == REFERENCE) {
        row->reference += c->counts[site];
        return;
    }
    if (!row->count[c->side] || c->firsts[site].time < row->first[c->side].time) {
        row->first[c->side] = c->firsts[site];
        row->place[c->side] = place;
    }
    row->count[c->side] += c->counts[site];
    row->silent[c->side] += f->silent.of[c->side][place] ? c->counts[site] : 0;
    row->common[c->side] += c->common[site];
    row->is_wrapped = row->is_wrapped || (key.lr && fires_is_wrapped(f, key.lr));
}

/* What of a window the common time holds. */
static struct window both(const struct window *x, const struct window *y)
{
    struct window w = *x;
    w.from_time = y->from_time > w.from_time ? y->from_time : w.from_time;
    w.to_time = y->to_time < w.to_time ? y->to_time : w.to_time;
    return w;
}

static bool count_thread(struct counting *c, u32 place, struct err *err)
{
    u32 sites = run_site_count(c->run), side = c->side == REFERENCE ? 0 : c->side;
    const struct window *window = &c->fires->options->window[side];
    struct window common = both(window, &c->fires->common.window[side]);
    u64 from, to, common_from, common_to;
    window_positions(c->run, window, place, &from, &to);
    memset(c->counts, 0, sites * sizeof *c->counts);
    memset(c->common, 0, sites * sizeof *c->common);
    for (u32 i = 0; i < sites; i++)
        c->firsts[i].position = UINT64_MAX;
    if (!run_count(c->run, place, from, to, c->counts, c->side == REFERENCE ? NULL : c->firsts, err))
        return false;
    if (c->side != REFERENCE) {
        window_positions(c->run, &common, place, &common_from, &common_to);
        if (common_from == from && common_to == to)
            memcpy(c->common, c->counts, sites * sizeof *c->common);
        else if (!run_count(c->run, place, common_from, common_to, c->common, NULL, err))
            return false;
    }
    for (u32 i = 0; i < sites; i++)
        if (c->counts[i] && c->wanted[i]) {
            add_site(c, place, i);
            c->total += c->counts[i];
        }
    return true;
}

/* Without the rows: what the journal's own counts say of the whole run. */
static u64 count_by_sites(const struct fires *f, struct run *run)
{
    u64 total = 0;
    for (u32 i = 0; i < run_site_count(run); i++)
        total += wants(f, run, run_site(run, i)) ? run_site(run, i)->count : 0;
    return total;
}

static bool is_whole(const struct window *w)
{
    return w->place == UINT32_MAX && !w->from_time && w->to_time == UINT64_MAX && !w->from_seq &&
           w->to_seq == UINT64_MAX;
}

static bool count_run(struct fires *f, struct run *run, u32 side, const u32 *pair_of, struct err *err)
{
    u32 sites = run_site_count(run) + 1u;
    struct counting c = {.fires = f, .run = run, .side = side, .pair_of = pair_of, .keys = keys_of_sites(f, run)};
    c.wanted = calloc(sites, sizeof *c.wanted);
    c.counts = calloc(sites, sizeof *c.counts);
    c.common = calloc(sites, sizeof *c.common);
    c.firsts = calloc(sites, sizeof *c.firsts);
    CHECK(c.wanted && c.counts && c.common && c.firsts, "out of memory");
    bool ok = true;
    for (u32 i = 0; i + 1 < sites; i++)
        c.wanted[i] = wants(f, run, run_site(run, i));
    for (u32 place = 0; ok && place < run_thread_count(run); place++)
        ok = count_thread(&c, place, err);
    if (side != REFERENCE)
        f->total[side] = is_whole(&f->options->window[side]) ? count_by_sites(f, run) : c.total;
    free(c.keys);
    free(c.wanted);
    free(c.counts);
    free(c.common);
    free(c.firsts);
    return ok;
}

bool fires_make(struct fires *f, struct pairing *pairing, const struct fires_options *options, struct err *err)
{
    *f = (struct fires){.run = {pairing->a, pairing->b}, .pairing = pairing, .options = options};
    f->places = calloc(1, sizeof *f->places);
    CHECK(f->places, "out of memory");
    common_find(&f->common, pairing->a, pairing->b);
    silent_find(&f->silent, pairing);
    for (u32 side = 0; side < 2; side++)
        if (!count_run(f, f->run[side], side, side ? pairing->of_b : pairing->of_a, err))
            return false;
    for (u32 side = 0; side < 2 && options->is_unwrapped; side++)
        fires_count_unwrapped(f, f->run[side]);
    for (u32 i = 0; i < f->row_count; i++)
        f->rows[i].least = f->rows[i].most = f->rows[i].count[0];
    return true;
}

/* Pairs by A's own: what a reference's thread does counts for the pair of A's thread. */
static u32 *pairs_of_reference(const struct fires *f, const struct pairing *reference)
{
    u32 *pair_of = calloc(run_thread_count(reference->b) + 1u, sizeof *pair_of);
    CHECK(pair_of, "out of memory");
    for (u32 i = 0; i < run_thread_count(reference->b); i++) {
        u32 a = reference->pairs[reference->of_b[i]].a;
        pair_of[i] = a == PAIR_NOBODY ? PAIR_NOBODY : f->pairing->of_a[a];
    }
    return pair_of;
}

bool fires_add_reference(struct fires *f, const char *path, struct err *err)
{
    struct run *run = run_open(path, err);
    struct pairing reference;
    if (!run)
        return false;
    bool ok = jitter_is_reference(f->run[0], run, err) && pair_threads(&reference, f->run[0], run, NULL, err);
    if (ok) {
        u32 *pair_of = pairs_of_reference(f, &reference);
        ok = count_run(f, run, REFERENCE, pair_of, err);
        free(pair_of);
        pair_finish(&reference);
    }
    run_close(run);
    for (u32 i = 0; ok && i < f->row_count; i++) {
        struct fires_row *r = &f->rows[i];
        r->least = r->reference < r->least ? r->reference : r->least;
        r->most = r->reference > r->most ? r->reference : r->most;
        r->reference = 0;
    }
    f->references += ok;
    return ok;
}

void fires_free(struct fires *f)
{
    if (f->places)
        map_free(f->places);
    free(f->places);
    free(f->rows);
    silent_free(&f->silent);
    *f = (struct fires){0};
}

/* ---- Judging. ---- */

static bool has_calls(struct run *run)
{
    for (u32 i = 0; i < run_site_count(run); i++)
        if (run_site(run, i)->kind == EVENT_call)
            return true;
    return false;
}

/* Why a run's zero says nothing; NULL: it does. */
static const char *untold(const struct fires *f, const struct coverage *coverage, const struct fires_row *row, u32 side)
{
    const struct pair *pair = f->options->dimensions & FIRES_THREAD && row->key.pair != PAIR_NOBODY
                                  ? &f->pairing->pairs[row->key.pair]
                                  : NULL;
    u32 place = !pair ? PAIR_NOBODY : side ? pair->b : pair->a;
    if (row->count[side])
        return NULL;
    if (f->options->window[side].from_time > f->common.last[side])
        return "had ended before the window begins";
    if (!coverage_tells(coverage, "call") || coverage_kind(coverage) == COVERAGE_NONE || !has_calls(f->run[side]))
        return "captured no calls";
    if (row->key.op && !coverage_has_op(coverage, row->key.op))
        return "did not capture this op";
    if (row->key.lr && !coverage_tells(coverage, "lr"))
        return "tells no return addresses";
    if (place != PAIR_NOBODY && !coverage_has_thread(coverage, run_thread(f->run[side], place)->thread))
        return "did not capture this thread";
    return NULL;
}

static u8 by_counts(const struct fires_row *r)
{
    if (r->count[1] >= r->least && r->count[1] <= r->most)
        return FIRES_MATCH;
    if (!r->count[1])
        return FIRES_MISSING;
    return r->count[1] < r->least ? FIRES_UNDER : FIRES_OVER;
}

/* More of them in the other run says nothing where a run's count is a least. */
static bool is_too_few(const struct fires_row *r, u32 side)
{
    return side ? r->status == FIRES_UNDER || r->status == FIRES_MISSING : r->status == FIRES_OVER;
}

/* The run lacks no more than threads did of which its log has nothing. */
static bool lacks_silent_alone(const struct fires_row *r, u32 side)
{
    return is_too_few(r, side) && r->silent[!side] && r->count[!side] - r->silent[!side] <= r->count[side];
}

static u64 count_all_calls(struct run *run)
{
    u64 calls = 0;
    for (u32 i = 0; i < run_site_count(run); i++)
        calls += run_site(run, i)->kind == EVENT_call ? run_site(run, i)->count : 0;
    return calls;
}

static void judge_row(const struct fires *f, struct coverage *const coverage[2], const u64 calls[2],
                      struct fires_row *r)
{
    char least[FIRES_REASON];
    bool of_thread = f->options->dimensions & FIRES_THREAD;
    r->status = by_counts(r);
    for (u32 side = 0; side < 2; side++) {
        const char *why = r->count[!side] ? untold(f, coverage[side], r, side) : NULL;
        if (why) {
            r->status = FIRES_UNCAPTURED;
            snprintf(r->reason, sizeof r->reason, "%s %s", side ? "B" : "A", why);
        } else if (is_too_few(r, side) && coverage_is_least(coverage[side], r->key.op, of_thread, r->count[side],
                                                            calls[side], least, sizeof least)) {
            r->status = FIRES_UNCAPTURED;
            snprintf(r->reason, sizeof r->reason, "%s: at least, %.100s", side ? "B" : "A", least);
        } else if (lacks_silent_alone(r, side)) {
            r->status = FIRES_UNCAPTURED;
            snprintf(r->reason, sizeof r->reason, "%s's log tells nothing of threads that did %llu of them",
                     side ? "B" : "A", (unsigned long long)r->silent[!side]);
        }
    }
}

/* A zero that fits a filter says nothing; one that does not says what little is for a filter. */
static void judge_unlogged(struct fires *f)
{
    struct unlogged unlogged;
    char text[UNLOGGED_REASON];
    if (!(f->options->dimensions & FIRES_OP))
        return;
    unlogged_find(&unlogged, f->run[0], f->run[1]);
    for (u32 i = 0; i < f->row_count && unlogged.count; i++) {
        struct fires_row *r = &f->rows[i];
        u32 lacks = r->count[0] ? 1 : 0;
        const struct unlogged_op *op = r->count[lacks] ? NULL : unlogged_of(&unlogged, lacks, r->key.op);
        if (!op || r->status == FIRES_UNCAPTURED)
            continue;
        if (unlogged_tell(op, text))
            snprintf(r->reason, sizeof r->reason, "%s", text);
        r->status = op->is_likely ? FIRES_UNCAPTURED : r->status;
    }
    unlogged_free(&unlogged);
}

/* Only one of the runs has it, and it is told where. */
static bool may_have_two_names(const struct fires_row *r)
{
    return r->key.lr && !r->count[0] != !r->count[1] && role_of(r->key.op).role;
}

static void judge_two_names(struct fires *f, struct fires_row *x, struct fires_row *y)
{
    if (x->count[1] || y->count[0] || x->key.lr != y->key.lr || x->key.pair != y->key.pair ||
        x->key.family != y->key.family || role_of(x->key.op).role != role_of(y->key.op).role)
        return;
    x->status = y->status = FIRES_MIXED;
    snprintf(x->reason, sizeof x->reason, "B calls it %s at this site: %llu times", run_op_name(f->run[1], y->key.op),
             (unsigned long long)y->count[1]);
    snprintf(y->reason, sizeof y->reason, "A calls it %s at this site: %llu times", run_op_name(f->run[0], x->key.op),
             (unsigned long long)x->count[0]);
}

/* A call site calls one export. Where each run has another op of the same effect there, they name one call differently:
 * some probes tell KeSetEvent as NtSetEvent. */
static void judge_names(struct fires *f)
{
    u32 *rows = malloc((f->row_count + 1u) * sizeof *rows), count = 0;
    u64 *places = malloc((f->row_count + 1u) * sizeof *places);
    CHECK(rows && places, "out of memory");
    for (u32 i = 0; i < f->row_count; i++) {
        const struct fires_key *key = &f->rows[i].key;
        if (!may_have_two_names(&f->rows[i]))
            continue;
        places[count] = (u64)key->lr << 32 | (u32)(key->pair * 0x9E3779B1u + key->family);
        rows[count++] = i;
    }
    u32 *order = order_make(places, count);
    for (u32 i = 0, first = 0; i < count; i++) {
        first = places[order[first]] == places[order[i]] ? first : i;
        for (u32 k = first; k < count && places[order[k]] == places[order[i]]; k++)
            judge_two_names(f, &f->rows[rows[order[i]]], &f->rows[rows[order[k]]]);
    }
    free(order);
    free(places);
    free(rows);
}

/* Runs end at different times: what differs only behind the end of the shorter one may be nothing but its end. */
static void tell_common(const struct fires *f, struct fires_row *r)
{
    const char *longer = f->common.shorter ? "A" : "B";
    u32 side = !f->common.shorter;
    if (!f->common.is_known || *r->reason || r->status == FIRES_MATCH || r->status == FIRES_MIXED)
        return;
    if (!r->count[!side] && r->count[side] && !r->common[side])
        snprintf(r->reason, sizeof r->reason, "by the clock, %s first comes by after %s has ended", longer,
                 side ? "A" : "B");
    else if (r->common[0] == r->common[1])
        snprintf(r->reason, sizeof r->reason, "as often in the time that both cover");
}

static u64 gap(const struct fires_row *r)
{
    return r->count[0] > r->count[1] ? r->count[0] - r->count[1] : r->count[1] - r->count[0];
}

static int by_gap(const void *a, const void *b)
{
    const struct fires_row *x = a, *y = b;
    if (gap(x) != gap(y))
        return gap(x) > gap(y) ? -1 : 1;
    if (x->count[0] != y->count[0])
        return x->count[0] > y->count[0] ? -1 : 1;
    return memcmp(&x->key, &y->key, sizeof x->key);
}

/* Rows that only a reference run has are no rows of A and B. */
static void drop_empty(struct fires *f)
{
    u32 kept = 0;
    for (u32 i = 0; i < f->row_count; i++)
        if (f->rows[i].count[0] || f->rows[i].count[1])
            f->rows[kept++] = f->rows[i];
    f->row_count = kept;
}

void fires_judge(struct fires *f)
{
    struct coverage *coverage[2] = {coverage_read(run_journal(f->run[0])), coverage_read(run_journal(f->run[1]))};
    drop_empty(f);
    const u64 calls[2] = {count_all_calls(f->run[0]), count_all_calls(f->run[1])};
    for (u32 i = 0; i < f->row_count; i++)
        judge_row(f, coverage, calls, &f->rows[i]);
    judge_unlogged(f);
    fires_judge_wrappers(f);
    if ((f->options->dimensions & (FIRES_OP | FIRES_LR)) == (FIRES_OP | FIRES_LR))
        judge_names(f);
    for (u32 i = 0; i < f->row_count; i++)
        tell_common(f, &f->rows[i]);
    if (f->row_count)
        qsort(f->rows, f->row_count, sizeof *f->rows, by_gap);
    coverage_destroy(coverage[0]);
    coverage_destroy(coverage[1]);
}

int fires_exit_code(const struct fires *f)
{
    bool is_unsure = !f->row_count; /* nothing was there to compare */
    for (u32 i = 0; i < f->row_count; i++) {
        const struct fires_row *r = &f->rows[i];
        if (r->noise != NOISE_NONE || r->status == FIRES_MATCH)
            continue;
        if (r->status != FIRES_MIXED && r->status != FIRES_UNCAPTURED)
            return EXIT_HOST_ERROR;
        is_unsure = true;
    }
    return is_unsure ? EXIT_UNCERTAIN : EXIT_OK;
}
