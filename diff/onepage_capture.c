/* SPDX-License-Identifier: BSD-3-Clause
 * What to capture next to settle what is open, with the exact lists for engines that take them (diff/onepage.h). */
#include "diff/coverage.h"
#include "diff/onepage.h"
#include "diff/symbols.h"

#include <stdlib.h>

enum { BRANCHES = 32 };

/* The call itself; of one in a wrapper, the wrapper's start, where LR still tells who called it. */
static u32 probe_of(const struct onepage *page, u32 lr)
{
    struct symbols_wrapper wrapper;
    for (u32 side = 0; side < 2; side++)
        if (symbols_wrapper(symbols_open(run_journal(page->run[side])), lr, &wrapper))
            return wrapper.function;
    return lr - 4;
}

static void add_probe(struct onepage *page, u32 lr)
{
    u32 at = page->probe_count, pc = probe_of(page, lr);
    if (lr < 4)
        return;
    for (u32 i = 0; i < page->probe_count; i++)
        if (page->probes[i] == pc)
            return;
    if (at == ONEPAGE_PROBES)
        return;
    for (; at > 0 && page->probes[at - 1] > pc; at--)
        page->probes[at] = page->probes[at - 1];
    page->probes[at] = pc;
    page->probe_count++;
}

/* The calls around the first divergence, and those that should have come. */
void onepage_find_probes(struct onepage *page)
{
    const struct ladder *l = &page->ladder;
    for (u32 side = 0; page->first.count && side < 2; side++) {
        const struct first_side *s = &page->first.list[0].side[side];
        if (s->has_last)
            add_probe(page, s->last.call.lr);
        if (s->has_next)
            add_probe(page, s->next.call.lr);
    }
    for (u32 i = 0; i < l->root_count; i++) {
        const struct ladder_need *n = ladder_need(l, &l->rungs[l->roots[i]]);
        for (u32 k = 0; n && k < n->producer_count && k < 4; k++)
            add_probe(page, l->producers[n->first_producer + k].lr);
    }
}

struct branches {
    FILE *out;
    u32 count;
};

static bool put_branch(void *context, const struct symbols_branch *branch)
{
    struct branches *b = context;
    fprintf(b->out, "%s0x%08X", b->count++ ? "," : "", branch->pc);
    return b->count < BRANCHES;
}

/* Every conditional branch of the function in which the two ways part. */
static void print_branches(const struct onepage *page, FILE *out)
{
    const struct first_side *s = &page->first.list[0].side[0];
    struct symbols_function function;
    struct branches b = {.out = out};
    struct symbols *symbols = NULL;
    for (u32 side = 0; side < 2 && !(symbols && symbols_are_there(symbols)); side++)
        symbols = symbols_open(run_journal(page->run[side]));
    u32 lr = s->has_last ? s->last.call.lr : s->has_next ? s->next.call.lr : 0;
    if (!symbols_are_there(symbols) || !lr || !symbols_function(symbols, lr - 4, &function)) {
        fprintf(out,
                "  branches: attach the title's symbols (lockstep attach) to get the PCs of those around lr 0x%08X\n",
                lr);
        return;
    }
    fprintf(out, "  audit_61_branch_probe_pcs=");
    symbols_branches(symbols, function.start, put_branch, &b);
    fprintf(out, b.count ? "\n" : "(no conditional branch is known there)\n");
}

static void print_gaps(const struct onepage *page, u32 side, FILE *out)
{
    static const char *const wanted[] = {"return", "wait", "handle", "thread", "arguments", "lr"};
    struct coverage *coverage = coverage_read(run_journal(page->run[side]));
    const struct signals *s = side ? page->ladder.signals_b : page->ladder.signals_a;
    u32 count = 0, unknown = objects_untold_signals(&s->objects);
    for (size_t i = 0; i < countof(wanted); i++) {
        if (coverage_tells(coverage, wanted[i]))
            continue;
        if (!count++)
            fprintf(out, "  %s does not tell: %s", side ? "B" : "A", wanted[i]);
        else
            fprintf(out, ", %s", wanted[i]);
    }
    if (count)
        fputc('\n', out);
    if (unknown)
        fprintf(out, "  %s does not tell the object of %u signal%s: capture the handle argument of sets and releases\n",
                side ? "B" : "A", unknown, cli_plural(unknown));
    coverage_destroy(coverage);
}

static bool is_own(const struct onepage *page, u32 side)
{
    const char *engine = journal_get(run_journal(page->run[side]), "engine");
    return engine && !strcmp(engine, "lockstep");
}

/* A run does not tell which objects are signalled. */
static bool lacks_signals(const struct onepage *page)
{
    return objects_untold_signals(&page->ladder.signals_a->objects) ||
           objects_untold_signals(&page->ladder.signals_b->objects);
}

void onepage_print_capture(const struct onepage *page, FILE *out)
{
    if (page->first.verdict == FIRST_SAME)
        return;
    fprintf(out, "the next capture:\n");
    for (u32 side = 0; side < 2; side++)
        print_gaps(page, side, out);
    if (is_own(page, 0) && is_own(page, 1)) {
        fprintf(out, "  none is needed to see more: both runs replay\n");
        return;
    }
    if (page->probe_count)
        fprintf(out, "  --lr-trace=");
    for (u32 i = 0; i < page->probe_count; i++)
        fprintf(out, "%s0x%08X%s", i ? "," : "", page->probes[i], i + 1 == page->probe_count ? "\n" : "");
    if (page->first.count)
        print_branches(page, out);
    if (lacks_signals(page))
        fprintf(out, "  --audit_69_log_all_sets=true --audit_70_log_all_releases=true for every set and release\n");
}
