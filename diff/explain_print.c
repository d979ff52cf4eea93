/* SPDX-License-Identifier: BSD-3-Clause
 * An explanation, as a story and for programs (diff/explain.h). */
#include "cli/cli.h"
#include "diff/explain.h"

static void print_side(struct explain *x, const struct explain_link *link, u32 k, FILE *out)
{
    const struct explain_at *at = &link->at[k];
    if (!at->is_there) {
        fprintf(out, "           %c  -\n", 'A' + (int)k);
        return;
    }
    fprintf(out, "           %c  %u@%u tick %llu", 'A' + (int)k, at->thread, at->index, (unsigned long long)at->time);
    if (at->number)
        fprintf(out, " insn %llu", (unsigned long long)at->number);
    if (link->kind == LINK_BRANCH)
        fprintf(out, " goes to 0x%08llX", (unsigned long long)at->value);
    else if (link->kind != LINK_DIVERGENCE)
        fprintf(out, " value 0x%llX", (unsigned long long)at->value);
    for (u32 i = 0; i < countof(at->callers) && at->callers[i]; i++) {
        char name[128];
        fprintf(out, "%s %s", i ? " <" : ", called from", explain_name(x, at->callers[i] - 4, name, sizeof name));
    }
    fputc('\n', out);
}

/* Instructions that only carry a value on are left out of the story. */
static bool is_told(const struct explain *x, u32 i)
{
    const struct explain_link *link = &x->story.link[i];
    return link->kind != LINK_MOVED || i + 1 == x->story.link_count;
}

static bool is_arithmetic(const struct explain_link *link)
{
    return link->kind == LINK_COMPUTED || link->kind == LINK_MOVED;
}

/* Computed by an instruction that the story has been at since it came to this arithmetic: another turn of a loop. */
static bool is_turn(const struct explain *x, u32 i)
{
    const struct explain_link *link = &x->story.link[i];
    for (u32 k = i; link->kind == LINK_COMPUTED && k-- > 0 && is_arithmetic(&x->story.link[k]);)
        if (x->story.link[k].pc == link->pc && x->story.link[k].kind == LINK_COMPUTED)
            return true;
    return false;
}

/* Which link of the whole story it is, from 1. */
static u32 number_of(const struct explain *x, u32 i)
{
    return i + 1 + (i >= EXPLAIN_BEGINNING ? x->story.left_out : 0);
}

/* Turns from link i on, if there are several, are told as a count. Returns how many links that is. */
static u32 print_turns(const struct explain *x, u32 i, FILE *out)
{
    u32 end = i, told = 0;
    for (; end < x->story.link_count && (!is_told(x, end) || is_turn(x, end)); end++)
        told += is_told(x, end) + (end == EXPLAIN_BEGINNING ? x->story.left_out : 0);
    if (told < 2)
        return 0;
    fprintf(out, "             the same instructions, %u times more (--json has %s)\n", told,
            x->story.left_out ? "the first and last of them" : "them");
    return end - i;
}

static void print_link(struct explain *x, u32 i, FILE *out)
{
    const struct explain_link *link = &x->story.link[i];
    fprintf(out, "%3u %-10s  %s\n", number_of(x, i), explain_link_name(link->kind), link->text);
    if (link->kind == LINK_INPUT)
        return;
    print_side(x, link, 0, out);
    print_side(x, link, 1, out);
}

static void print_confirm(const struct explain *x, FILE *out)
{
    const struct explain_confirm *c = &x->story.confirm;
    if (!c->text[0])
        return;
    if (c->was_tried)
        fprintf(out, "tried: %s again, %s\n", run_path(x->run[c->side]), c->change);
    fprintf(out, "       %s\n", c->text);
}

void explain_print(struct explain *x, FILE *out)
{
    fprintf(out, "A %s\nB %s\n", run_path(x->run[0]), run_path(x->run[1]));
    if (x->is_same) {
        fprintf(out, "verdict: the runs do not part\n");
        return;
    }
    for (u32 i = 0; i < x->story.link_count; i++) {
        u32 turns = print_turns(x, i, out);
        if (!turns && i == EXPLAIN_BEGINNING && x->story.left_out)
            fprintf(out, "             %u link%s left out\n", x->story.left_out,
                    x->story.left_out == 1 ? " is" : "s are");
        i += turns;
        if (i < x->story.link_count && is_told(x, i))
            print_link(x, i, out);
    }
    if (x->story.stopped[0])
        fprintf(out, "it goes no further: %s\n", x->story.stopped);
    if (x->probe_count)
        fprintf(out, "to probe in its next capture, instruction and registers:\n");
    for (u32 i = 0; i < x->probe_count; i++)
        fprintf(out, "  %s\n", x->probe[i]);
    for (u32 i = 0; i < x->trial_count; i++)
        fprintf(out, "tried: %s\n       %s\n", x->trial[i].cause, x->trial[i].outcome);
    print_confirm(x, out);
    fprintf(out, "verdict: %s", explain_verdict_name(x->story.verdict));
    if (x->story.cause.kind != EXPLAIN_UNKNOWN)
        fprintf(out, ", %s: %s%s%s", explain_kind_name(x->story.cause.kind), x->story.cause.text,
                x->story.cause.input[0] ? "; " : "", x->story.cause.input);
    fputc('\n', out);
}

/* ---- For programs. ---- */

static void put_at(struct json *j, const char *key, const struct explain_at *at)
{
    if (!at->is_there) {
        json_null(j, key);
        return;
    }
    json_object(j, key);
    json_u64(j, "thread", at->thread);
    json_u64(j, "index", at->index);
    json_u64(j, "tick", at->time);
    json_u64(j, "number", at->number);
    json_hex(j, "value", at->value, 8);
    json_array(j, "callers");
    for (u32 i = 0; i < countof(at->callers) && at->callers[i]; i++)
        json_hex(j, NULL, at->callers[i], 8);
    json_close(j);
    json_close(j);
}

static void put_link(struct explain *x, struct json *j, const struct explain_link *link)
{
    json_object(j, NULL);
    json_text(j, "kind", explain_link_name(link->kind));
    json_hex(j, "pc", link->pc, 8);
    json_text(j, "op", link->op ? run_op_name(x->run[0], link->op) : NULL);
    if (link->address)
        json_hex(j, "address", link->address, 8);
    else
        json_null(j, "address");
    put_at(j, "a", &link->at[0]);
    put_at(j, "b", &link->at[1]);
    json_text(j, "text", link->text);
    json_close(j);
}

static void put_cause(struct explain *x, struct json *j)
{
    const struct explain_cause *c = &x->story.cause;
    json_object(j, "cause");
    json_text(j, "kind", explain_kind_name(c->kind));
    json_u64(j, "thread", c->at[0].is_there ? c->at[0].thread : c->at[1].thread);
    json_text(j, "op", c->op ? run_op_name(x->run[0], c->op) : NULL);
    json_u64(j, "index", c->at[0].is_there ? c->at[0].index : c->at[1].index);
    json_u64(j, "nth", c->nth[0]);
    json_hex(j, "pc", c->pc, 8);
    if (c->address)
        json_hex(j, "address", c->address, 8);
    else
        json_null(j, "address");
    if (c->at[0].is_there)
        json_hex(j, "a", c->at[0].value, 8);
    else
        json_null(j, "a");
    if (c->at[1].is_there)
        json_hex(j, "b", c->at[1].value, 8);
    else
        json_null(j, "b");
    if (c->kind == EXPLAIN_RACE || c->is_order) {
        json_hex(j, "other_pc", c->other_pc, 8);
        json_text(j, "other_op", c->other_op ? run_op_name(x->run[0], c->other_op) : NULL);
        json_u64(j, "other_nth", c->other_nth[0]);
        json_u64(j, "other_thread", c->other[0].thread);
        put_at(j, "other_a", &c->other[0]);
        put_at(j, "other_b", &c->other[1]);
    }
    json_text(j, "input", c->input[0] ? c->input : NULL);
    json_text(j, "text", c->text);
    json_close(j);
}

static void put_confirm(const struct explain *x, struct json *j)
{
    const struct explain_confirm *c = &x->story.confirm;
    if (!c->was_tried) {
        json_null(j, "confirm");
        return;
    }
    json_object(j, "confirm");
    json_text(j, "run", run_path(x->run[c->side]));
    json_text(j, "change", c->change);
    json_bool(j, "divergence_goes", c->divergence_goes);
    json_bool(j, "wedge_was", c->wedge_was);
    json_bool(j, "wedge_goes", c->wedge_goes);
    json_text(j, "text", c->text);
    json_close(j);
}

void explain_put_json(struct explain *x, struct json *j)
{
    json_object(j, NULL);
    json_text(j, "verdict", explain_verdict_name(x->story.verdict));
    if (x->story.cause.kind != EXPLAIN_UNKNOWN)
        put_cause(x, j);
    else
        json_null(j, "cause");
    json_array(j, "chain");
    for (u32 i = 0; i < x->story.link_count; i++)
        put_link(x, j, &x->story.link[i]);
    json_close(j);
    json_u64(j, "left_out", x->story.left_out);
    put_confirm(x, j);
    json_array(j, "tried");
    for (u32 i = 0; i < x->trial_count; i++) {
        json_object(j, NULL);
        json_text(j, "cause", x->trial[i].cause);
        json_text(j, "outcome", x->trial[i].outcome);
        json_close(j);
    }
    json_close(j);
    json_array(j, "probes");
    for (u32 i = 0; i < x->probe_count; i++)
        json_text(j, NULL, x->probe[i]);
    json_close(j);
    json_bool(j, "same", x->is_same);
    json_text(j, "stopped", x->story.stopped[0] ? x->story.stopped : NULL);
    json_u64(j, "replays", x->replays);
    json_close(j);
}
