/* SPDX-License-Identifier: BSD-3-Clause
 * bisect inputs: the fewest of the bad run's inputs that still make it end that way. An input is a button held for a
 * while, or a stick or trigger away from its rest; beside a good run also each of clock, seed and settings in which the
 * two differ, of which what is left out is as in the good run. */
#include "diff/bisect.h"
#include "replay/journal.h"

#include <stdio.h>

enum { PADS = 4, FIELDS = 7, STATE = 16 };

/* Fields of a state, as the script has them: buttons, triggers, sticks. */
static const char *const field_names[FIELDS] = {"buttons", "LT", "RT", "LX", "LY", "RX", "RY"};

struct pad_input {
    u32 pad, field;
    s32 value; /* of buttons one bit */
    u64 from, to;
};

struct inputs {
    struct bisect *b;
    struct pad_input *list; /* lines "pads ..." are these, in order */
    size_t count;
    u64 connected[PADS];  /* tick; UINT64_MAX: never */
    struct lines lines;   /* what can be left out: the first `count` are the pads' */
    struct lines instead; /* for each further line what to say when it is left out */
};

static s32 field_of(const u8 *state, u32 field)
{
    if (field == 0)
        return state[4] << 8 | state[5];
    if (field < 3)
        return state[5 + field];
    const u8 *p = state + 8 + 2 * (field - 3);
    return (s16)(p[0] << 8 | p[1]);
}

static void add_input(struct inputs *in, u32 pad, u32 field, s32 value, u64 tick)
{
    in->list = realloc(in->list, (in->count + 1) * sizeof *in->list);
    CHECK(in->list, "no memory for %zu inputs", in->count + 1);
    in->list[in->count++] = (struct pad_input){pad, field, value, tick, UINT64_MAX};
}

/* The pad's state at that tick: what was held and is not any more ends, what is new begins. */
static void hear_pad(struct inputs *in, u32 pad, const u8 *state, u64 tick)
{
    for (u32 field = 0; field < FIELDS; field++) {
        s32 value = field_of(state, field), open = 0;
        for (size_t i = 0; i < in->count; i++) {
            struct pad_input *input = &in->list[i];
            if (input->pad != pad || input->field != field || input->to != UINT64_MAX)
                continue;
            if (field == 0 ? value & input->value : value == input->value)
                open |= input->value;
            else
                input->to = tick;
        }
        for (u32 bit = 0; field == 0 && bit < 16; bit++)
            if (value & ~open & 1 << bit)
                add_input(in, pad, field, 1 << bit, tick);
        if (field != 0 && value && !open)
            add_input(in, pad, field, value, tick);
    }
}

static u64 number_of(const struct journal_input_record *record)
{
    u64 value = 0;
    for (size_t i = 0; i < record->size && i < 8; i++)
        value |= (u64)record->data[i] << 8 * i;
    return value;
}

struct numbers {
    u64 value[16];
    enum input_kind kind[16];
    u32 number[16]; /* how many-th of its kind */
    u32 count;
};

static void hear(struct inputs *in, struct numbers *numbers, const struct journal_input_record *record)
{
    static const u8 rest[STATE] = {0};
    if (record->kind == INPUT_pad && record->key < PADS && in) {
        if (record->size && in->connected[record->key] == UINT64_MAX)
            in->connected[record->key] = in->count ? record->tick : 0;
        hear_pad(in, (u32)record->key, record->size == STATE ? record->data : rest, record->tick);
    }
    bool is_number =
        record->kind == INPUT_boot_time || record->kind == INPUT_boot_seed || record->kind == INPUT_setting;
    if (!is_number || numbers->count == countof(numbers->value))
        return;
    u32 number = 1;
    for (u32 i = 0; i < numbers->count; i++)
        number += numbers->kind[i] == record->kind;
    numbers->value[numbers->count] = number_of(record);
    numbers->kind[numbers->count] = record->kind;
    numbers->number[numbers->count++] = number;
}

static bool read_inputs(struct inputs *in, struct numbers *numbers, const char *path, struct err *err)
{
    struct journal_reader *r = journal_open(path, err);
    struct journal_input_record record;
    int found = -1;
    while (r && (found = journal_next_input(r, &record, err)) > 0)
        hear(in, numbers, &record);
    journal_close(r);
    return found == 0;
}

static void describe(const struct pad_input *input, char *text, size_t size)
{
    char value[16];
    snprintf(value, sizeof value, input->field ? "%d" : "0x%04X", input->value);
    int n = snprintf(text, size, "pad %u: %s %s from %.6f s", input->pad, field_names[input->field], value,
                     (double)input->from / 50000000);
    if (input->to != UINT64_MAX)
        snprintf(text + n, size - (size_t)n, " to %.6f s", (double)input->to / 50000000);
}

static void make_lines(struct inputs *in, const struct numbers *bad, const struct numbers *good)
{
    char text[160];
    for (size_t i = 0; i < in->count; i++) {
        describe(&in->list[i], text, sizeof text);
        lines_add(&in->lines, text, strlen(text));
    }
    for (u32 i = 0; i < bad->count && i < good->count; i++) {
        if (bad->kind[i] != good->kind[i] || bad->value[i] == good->value[i])
            continue;
        const char *kind = input_type(bad->kind[i])->name;
        snprintf(text, sizeof text, "force-input %s#%u=%llu", kind, bad->number[i], (unsigned long long)bad->value[i]);
        lines_add(&in->lines, text, strlen(text));
        snprintf(text, sizeof text, "force-input %s#%u=%llu", kind, good->number[i],
                 (unsigned long long)good->value[i]);
        lines_add(&in->instead, text, strlen(text));
    }
}

/* The script's line for a pad at a tick: all that is wanted and held then. */
static size_t put_state(const struct inputs *in, const bool *wanted, u32 pad, u64 tick, char *text, size_t size)
{
    s32 fields[FIELDS] = {0};
    for (size_t i = 0; i < in->count; i++) {
        const struct pad_input *input = &in->list[i];
        if (!wanted[i] || input->pad != pad || input->from > tick || input->to <= tick)
            continue;
        fields[input->field] = input->field ? input->value : fields[0] | input->value;
    }
    return (size_t)snprintf(text, size, "#pads %llut %u %d %d %d %d %d %d %d\n", (unsigned long long)tick, pad,
                            fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
}

static int by_tick(const void *a, const void *b)
{
    u64 x = *(const u64 *)a, y = *(const u64 *)b;
    return x < y ? -1 : x > y;
}

/* Ticks at which anything of the pad changes, in order. */
static size_t find_ticks(const struct inputs *in, const bool *wanted, u32 pad, u64 *ticks)
{
    size_t count = 0, kept = 0;
    ticks[count++] = in->connected[pad];
    for (size_t i = 0; i < in->count; i++) {
        if (!wanted[i] || in->list[i].pad != pad)
            continue;
        ticks[count++] = in->list[i].from;
        if (in->list[i].to != UINT64_MAX)
            ticks[count++] = in->list[i].to;
    }
    qsort(ticks, count, sizeof *ticks, by_tick);
    for (size_t i = 0; i < count; i++)
        if (!kept || ticks[kept - 1] != ticks[i])
            ticks[kept++] = ticks[i];
    return kept;
}

/* Which of all lines are meant: those of `lines` that are wanted, by their text. */
static void find_wanted(const struct inputs *in, const struct lines *lines, const bool *wanted, bool *meant)
{
    size_t at = 0;
    for (size_t i = 0; i < in->lines.count; i++) {
        meant[i] = false;
        if (at < lines->count && !strcmp(lines->list[at], in->lines.list[i])) {
            meant[i] = !wanted || wanted[at];
            at++;
        }
    }
}

static char *join(void *context, const struct lines *lines, const bool *wanted)
{
    const struct inputs *in = context;
    bool *meant = calloc(in->lines.count + 1, sizeof *meant);
    u64 *ticks = calloc(2 * in->count + 1, sizeof *ticks);
    size_t size = 160 * (2 * in->count + PADS + in->instead.count + 1) + strlen(in->b->kept), at;
    char *text = malloc(size);
    CHECK(meant && ticks && text, "no memory for %zu inputs", in->count);
    find_wanted(in, lines, wanted, meant);
    at = (size_t)snprintf(text, size, "%s", in->b->kept);
    for (size_t i = in->count; i < in->lines.count; i++)
        if (!meant[i])
            at += (size_t)snprintf(text + at, size - at, "%s\n", in->instead.list[i - in->count]);
    for (u32 pad = 0; pad < PADS; pad++) {
        size_t n = in->connected[pad] == UINT64_MAX ? 0 : find_ticks(in, meant, pad, ticks);
        for (size_t i = 0; i < n; i++)
            at += put_state(in, meant, pad, ticks[i], text + at, size - at);
    }
    free(meant);
    free(ticks);
    return text;
}

/* With all of them it must be bad, without any good. */
static bool check(struct inputs *in, bool *goes_on, struct err *err)
{
    struct bisect *b = in->b;
    struct lines none = {0};
    char *all = join(in, &in->lines, NULL), *without = join(in, &none, NULL);
    size_t with = trials_add(&b->trials, all, NULL, NULL), empty = trials_add(&b->trials, without, NULL, NULL);
    free(all);
    free(without);
    if (!trials_run(&b->trials, err))
        return false;
    *goes_on = false;
    if (!trial_is_same(trials_end(&b->trials, with), &b->bad))
        bisect_say(b, "The run's %zu inputs, played again one by one, do not make it end that way.", in->lines.count);
    else if (trial_is_same(trials_end(&b->trials, empty), &b->bad))
        bisect_say(b, "It is none of the %zu inputs: without all of them the run ends the same way.", in->lines.count);
    else
        *goes_on = true;
    if (!b->good_path)
        b->good = *trials_end(&b->trials, empty);
    return true;
}

/* Each of those that are left must be needed: without it the trial is not bad. */
static bool confirm(struct inputs *in, const struct lines *left, bool *is_confirmed, struct err *err)
{
    struct bisect *b = in->b;
    bool *wanted = calloc(left->count + 1, sizeof *wanted);
    CHECK(wanted, "no memory for %zu inputs", left->count);
    *is_confirmed = true;
    for (size_t i = 0; i < left->count; i++) {
        for (size_t k = 0; k < left->count; k++)
            wanted[k] = k != i;
        char *text = join(in, left, wanted);
        size_t place = trials_add(&b->trials, text, NULL, NULL);
        free(text);
        if (!trials_run(&b->trials, err)) {
            free(wanted);
            return false;
        }
        *is_confirmed &= !trial_is_same(trials_end(&b->trials, place), &b->bad);
    }
    free(wanted);
    return true;
}

static bool reduce(struct inputs *in, struct err *err)
{
    struct bisect *b = in->b;
    const struct reduction r = {.b = b, .text = join, .context = in};
    struct lines left = {0};
    bool goes_on, is_confirmed = false;
    if (!check(in, &goes_on, err))
        return false;
    if (!goes_on)
        return true;
    for (size_t i = 0; i < in->lines.count; i++)
        lines_add(&left, in->lines.list[i], strlen(in->lines.list[i]));
    bool good = bisect_reduce(&r, &left, err) && confirm(in, &left, &is_confirmed, err);
    if (good) {
        b->verdict = is_confirmed ? BISECT_CONFIRMED : BISECT_UNCONFIRMED;
        bisect_say(b, "Of %zu inputs %zu make the run end that way; without any one of them it ends otherwise: ",
                   in->lines.count, left.count);
        for (size_t i = 0; i < left.count; i++)
            bisect_say(b, "%s%s", i ? "; " : "", left.list[i]);
        bisect_say(b, ".");
        char *text = join(in, &left, NULL);
        good = bisect_keep(b, text, err);
        free(text);
    }
    b->cause = left;
    return good;
}

bool bisect_inputs(struct bisect *b, struct err *err)
{
    struct inputs in = {.b = b, .connected = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    struct numbers bad = {.count = 0}, good = {.count = 0};
    b->kind = "input";
    b->trials.task = "which inputs";
    bool done =
        read_inputs(&in, &bad, b->bad_path, err) && (!b->good_path || read_inputs(NULL, &good, b->good_path, err));
    if (done) {
        make_lines(&in, &bad, &good);
        if (in.lines.count)
            done = reduce(&in, err);
        else
            bisect_say(b, b->good_path ? "The runs' clocks, seeds, settings and pads do not differ."
                                       : "No pad was touched; of clock, seed and settings a good run tells.");
    }
    free(in.list);
    lines_free(&in.lines);
    lines_free(&in.instead);
    return done;
}
