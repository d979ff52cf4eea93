/* SPDX-License-Identifier: BSD-3-Clause
 * Reading changes of a run. */
#include "emu/change.h"
#include "emu/host/changes.h"
#include "emu/host/folder.h"

#include <stdlib.h>

static const struct {
    const char *name; /* of the line's verb, and of the option */
    enum change_verb verb;
    const char *form;
} verbs[] = {
    {"force", CHANGE_FORCE, "OP#K[@THREAD]=RESULT[,ARGUMENT=HEX...]"},
    {"amend", CHANGE_AMEND, "OP#K[@THREAD]=[RESULT][,ARGUMENT=HEX...]"},
    {"delay", CHANGE_DELAY, "OP#K[@THREAD]=TICKS"},
    {"force-input", CHANGE_INPUT, "KIND#K=VALUE"},
    {"poke", CHANGE_POKE, "TICK[@THREAD]:ADDRESS=HEX"},
    {"hold", CHANGE_HOLD, "TICK:THREAD:TICKS"},
    {"order", CHANGE_ORDER, "TICK:THREAD"},
    {"schedule", CHANGE_SCHEDULE, "TICK:TICKS:ORDER:T,T,T,T,T,T"},
    {"chaos", CHANGE_CHAOS, "TICK:SEED"},
};

/* One line on its way: what is left of it, in a copy that is cut up. */
struct line {
    const char *name;
    const char *form;
    const char *whole; /* without the verb */
    char *at;
    struct change *change;
};

static bool bad(const struct line *line, struct err *err, const char *what, const char *text)
{
    return err_set(err, "%s %s: %s %s (expected %s)", line->name, line->whole, text, what, line->form);
}

/* What stands before the first of `ends`; the line goes on behind it. NULL: none of them is there. */
static char *part(struct line *line, const char *ends, char *end)
{
    char *start = line->at;
    size_t length = strcspn(start, ends);
    if (!start[length])
        return NULL;
    if (end)
        *end = start[length];
    start[length] = '\0';
    line->at = start + length + 1;
    return start;
}

static bool read_time(const struct line *line, const char *text, u64 *tick, struct err *err)
{
    return cli_read_u64(text, tick) || cli_read_ticks(text, tick) || bad(line, err, "is no time", text);
}

static bool read_thread(const struct line *line, const char *text, u32 *thread, struct err *err)
{
    u64 id;
    if (!cli_read_u64(text, &id) || !id || id > UINT32_MAX)
        return bad(line, err, "is no thread's id", text);
    *thread = (u32)id;
    return true;
}

static void append(struct change *c, const void *bytes, size_t size)
{
    c->bytes = realloc(c->bytes, c->size + size + 1);
    CHECK(c->bytes, "no memory for a change of %zu bytes", c->size + size);
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void append_number(struct change *c, u64 value, u32 size)
{
    for (u32 i = 0; i < size; i++)
        append(c, &(u8){(u8)(value >> (8 * i))}, 1);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool append_hex(const struct line *line, const char *text, struct err *err)
{
    const char *p = text[0] == '0' && (text[1] | 0x20) == 'x' ? text + 2 : text;
    for (; *p; p += 2) {
        int high = digit(p[0]), low = high < 0 ? -1 : digit(p[1]);
        if (low < 0)
            return bad(line, err, "is no pairs of hex digits", text);
        append_number(line->change, (u64)(high << 4 | low), 1);
    }
    return true;
}

/* OP#K[@THREAD]=, or KIND#K= for which `op` is NULL. */
static bool read_call(struct line *line, struct err *err)
{
    struct change *c = line->change;
    char end = 0, *name = part(line, "#=", &end), *number = end == '#' ? part(line, "@=", &end) : NULL;
    if (!name || !number)
        return bad(line, err, "is left out", end == '=' || !name ? "#K" : "=");
    if (c->verb != CHANGE_INPUT) {
        const struct export *x = export_by_name(name);
        if (!x || x->is_variable)
            return bad(line, err, "is no export of the kernel", name);
        c->op = x->op;
    }
    for (u32 kind = 1; c->verb == CHANGE_INPUT && kind < 256; kind++)
        if (input_type(kind) && !strcmp(input_type(kind)->name, name))
            c->op = kind;
    if (!c->op)
        return bad(line, err, "is no kind of input", name);
    if (c->verb == CHANGE_INPUT && input_type(c->op)->kept != INPUT_STORED)
        return bad(line, err, "belongs to the title, or is no answer: it cannot be forced", name);
    if (!cli_read_u64(number, &c->number) || !c->number)
        return bad(line, err, "is no number from 1", number);
    if (end != '@')
        return true;
    char *thread = part(line, "=", NULL);
    if (!thread || c->verb == CHANGE_INPUT)
        return bad(line, err, thread ? "has no place here" : "is left out", thread ? "@THREAD" : "=");
    return read_thread(line, thread, &c->thread, err);
}

/* ARGUMENT=HEX: bytes for where that argument of the op points to. */
static bool read_out(struct line *line, char *text, struct err *err)
{
    struct change *c = line->change;
    const struct export *x = export_find(c->op);
    char *hex = strchr(text, '=');
    if (!hex)
        return bad(line, err, "is no ARGUMENT=HEX", text);
    *hex++ = '\0';
    u32 i = 0;
    while (i < x->count && strcmp(x->arguments[i].name, text) != 0)
        i++;
    if (i == x->count || !argument_is_pointer(&x->arguments[i]))
        return bad(line, err, "is no argument of it that points to anything", text);
    append_number(c, i, 4);
    size_t place = c->size;
    append_number(c, 0, 4);
    if (!append_hex(line, hex, err))
        return false;
    u64 size = c->size - place - 4;
    for (u32 k = 0; k < 4; k++)
        c->bytes[place + k] = (u8)(size >> (8 * k));
    return true;
}

static bool read_result(struct line *line, struct err *err)
{
    struct change *c = line->change;
    if (!read_call(line, err))
        return false;
    char *next = line->at, *text = strsep(&next, ",");
    u64 result = 0;
    bool has_result = text[0] != '\0';
    if (has_result ? !cli_read_u64(text, &result) : c->verb == CHANGE_FORCE)
        return bad(line, err, "is no number", has_result ? text : "the result");
    append_number(c, result, 8);
    append_number(c, has_result ? CHANGE_HAS_RESULT : 0, 4);
    while ((text = strsep(&next, ",")))
        if (!read_out(line, text, err))
            return false;
    return true;
}

static bool read_delay(struct line *line, struct err *err)
{
    u64 ticks;
    if (!read_call(line, err) || !read_time(line, line->at, &ticks, err))
        return false;
    append_number(line->change, ticks, 8);
    return true;
}

/* The machine reads such an answer as it comes: a wrong size would be taken for something else. */
static bool check_answer(struct line *line, bool is_number, struct err *err)
{
    const struct change *c = line->change;
    bool wants_number = c->op == INPUT_boot_time || c->op == INPUT_boot_seed || c->op == INPUT_setting;
    if (wants_number != is_number)
        return bad(line, err, wants_number ? "is no number" : "is a number: bytes are wanted", line->at);
    if (c->op == INPUT_pad && c->size != 0 && c->size != 16)
        return bad(line, err, "is not the 16 bytes of a pad's state", line->at);
    return true;
}

static bool read_answer(struct line *line, struct err *err)
{
    struct change *c = line->change;
    u64 number;
    u8 *file;
    size_t size;
    if (!read_call(line, err))
        return false;
    bool is_number = cli_read_u64(line->at, &number);
    if (is_number) {
        append_number(c, number, 8);
    } else if (line->at[0] == '@') {
        if (!file_load(line->at + 1, &file, &size, err))
            return false;
        append(c, file, size);
        free(file);
    } else if (!strncmp(line->at, "hex:", 4)) {
        if (!append_hex(line, line->at + 4, err))
            return false;
    } else if (strcmp(line->at, "none") != 0) {
        return bad(line, err, "is no number, hex:HEX, @FILE or none", line->at);
    }
    return check_answer(line, is_number, err);
}

static bool read_poke(struct line *line, struct err *err)
{
    struct change *c = line->change;
    char end = 0, *tick = part(line, "@:", &end), *thread = end == '@' ? part(line, ":", NULL) : NULL;
    char *address = part(line, "=", NULL);
    u64 ea;
    if (!tick || !address || (end == '@' && !thread))
        return bad(line, err, "is left out", !address ? "=HEX" : ":ADDRESS");
    if (!read_time(line, tick, &c->tick, err) || (thread && !read_thread(line, thread, &c->thread, err)))
        return false;
    if (!cli_read_u64(address, &ea) || ea > UINT32_MAX)
        return bad(line, err, "is no address (0x in front of hex)", address);
    append_number(c, ea, 4);
    return append_hex(line, line->at, err) && (c->size > 4 || bad(line, err, "has no bytes", "HEX"));
}

static bool read_hold(struct line *line, struct err *err)
{
    struct change *c = line->change;
    char *tick = part(line, ":", NULL), *thread = tick ? part(line, ":", NULL) : NULL;
    u64 ticks;
    if (!thread)
        return bad(line, err, "is left out", tick ? ":TICKS" : ":THREAD");
    if (!read_time(line, tick, &c->tick, err) || !read_thread(line, thread, &c->thread, err) ||
        !read_time(line, line->at, &ticks, err))
        return false;
    append_number(c, ticks, 8);
    return true;
}

static bool read_order(struct line *line, struct err *err)
{
    struct change *c = line->change;
    char *tick = part(line, ":", NULL);
    if (!tick)
        return bad(line, err, "is left out", ":THREAD");
    if (!read_time(line, tick, &c->tick, err) || !read_thread(line, line->at, &c->thread, err))
        return false;
    append_number(c, c->thread, 4);
    return true;
}

static bool read_seed(struct line *line, struct err *err)
{
    char *tick = part(line, ":", NULL);
    u64 seed;
    if (!tick)
        return bad(line, err, "is left out", ":SEED");
    if (!read_time(line, tick, &line->change->tick, err))
        return false;
    if (!cli_read_u64(line->at, &seed))
        return bad(line, err, "is no number", line->at);
    append_number(line->change, seed, 8);
    return true;
}

static bool read_hw_order(struct line *line, const char *text, struct err *err)
{
    u32 seen = 0;
    for (u32 i = 0; i < HW_THREADS && text[i]; i++)
        seen |= text[i] >= '0' && text[i] < '0' + HW_THREADS ? 1u << (text[i] - '0') : 0;
    if (seen != (1u << HW_THREADS) - 1 || strlen(text) != HW_THREADS)
        return bad(line, err, "does not name each hardware thread once", text);
    for (u32 i = 0; i < HW_THREADS; i++)
        append_number(line->change, (u64)(text[i] - '0'), 1);
    append_number(line->change, 0, 2);
    return true;
}

static bool read_schedule(struct line *line, struct err *err)
{
    struct change *c = line->change;
    char *tick = part(line, ":", NULL), *length = tick ? part(line, ":", NULL) : NULL;
    char *order = length ? part(line, ":", NULL) : NULL, *next = line->at;
    u64 ticks, thread;
    if (!order)
        return bad(line, err, "is left out", "a part");
    if (!read_time(line, tick, &c->tick, err) || !read_time(line, length, &ticks, err))
        return false;
    if (!ticks || ticks > UINT32_MAX)
        return bad(line, err, "is no length of a slice", length);
    append_number(c, ticks, 4);
    if (!read_hw_order(line, order, err))
        return false;
    for (u32 i = 0; i < HW_THREADS; i++) {
        const char *text = strsep(&next, ",");
        if (!text || !cli_read_u64(text, &thread) || thread > UINT32_MAX)
            return bad(line, err, "is no thread's id or 0", text ? text : "the last");
        append_number(c, thread, 4);
    }
    return !next || bad(line, err, "is too much", next);
}

static bool read_line(struct line *line, struct err *err)
{
    switch (line->change->verb) {
    case CHANGE_FORCE:
    case CHANGE_AMEND:
        return read_result(line, err);
    case CHANGE_DELAY:
        return read_delay(line, err);
    case CHANGE_INPUT:
        return read_answer(line, err);
    case CHANGE_POKE:
        return read_poke(line, err);
    case CHANGE_HOLD:
        return read_hold(line, err);
    case CHANGE_ORDER:
        return read_order(line, err);
    case CHANGE_SCHEDULE:
        return read_schedule(line, err);
    case CHANGE_CHAOS:
        return read_seed(line, err);
    }
    return false;
}

/* In order of tick; a later one for the same tick replaces the one there. */
static void add_slice(struct changes *c, const struct change *change)
{
    size_t at = c->slice_count;
    while (at && c->slices[at - 1].tick >= change->tick)
        at--;
    bool replaces = at < c->slice_count && c->slices[at].tick == change->tick;
    if (replaces) {
        free(c->slices[at].bytes);
        c->slices[at] = *change;
        return;
    }
    c->slices = realloc(c->slices, (c->slice_count + 1) * sizeof *c->slices);
    CHECK(c->slices, "no memory for a schedule of %zu slices", c->slice_count + 1);
    memmove(c->slices + at + 1, c->slices + at, (c->slice_count - at) * sizeof *c->slices);
    c->slices[at] = *change;
    c->slice_count++;
}

static void add(struct changes *c, struct change *change, const char *text)
{
    if (change->verb == CHANGE_SCHEDULE) {
        add_slice(c, change);
        return;
    }
    change->text = strdup(text);
    c->list = realloc(c->list, (c->count + 1) * sizeof *c->list);
    CHECK(c->list && change->text, "no memory for %zu changes", c->count + 1);
    c->list[c->count++] = *change;
}

void changes_add_slice(struct changes *c, u64 tick, const u8 *bytes, size_t size)
{
    struct change change = {.verb = CHANGE_SCHEDULE, .tick = tick};
    append(&change, bytes, size);
    add_slice(c, &change);
}

bool changes_add(struct changes *c, const char *text, struct err *err)
{
    size_t length = strcspn(text, " ");
    for (size_t i = 0; i < countof(verbs); i++) {
        if (strlen(verbs[i].name) != length || memcmp(verbs[i].name, text, length) != 0)
            continue;
        struct change change = {.verb = verbs[i].verb};
        const char *whole = text + length + strspn(text + length, " ");
        char *copy = strdup(whole);
        CHECK(copy, "no memory for a change");
        struct line line = {verbs[i].name, verbs[i].form, whole, copy, &change};
        bool good = read_line(&line, err);
        if (good)
            add(c, &change, text);
        else
            free(change.bytes);
        free(copy);
        return good;
    }
    return err_set(err,
                   "%.*s is no change of a run (force, amend, delay, force-input, poke, hold, order, schedule, chaos)",
                   (int)length, text);
}

/* From a # on that begins the line or stands behind a space: OP#K has one of its own. Spaces at the end go too. */
static void cut_comment(char *line)
{
    size_t length = 0;
    while (line[length] && !(line[length] == '#' && (!length || line[length - 1] == ' ' || line[length - 1] == '\t')))
        length++;
    while (length && strchr(" \t\r", line[length - 1]))
        length--;
    line[length] = '\0';
}

/* A line each. */
static bool read_file(struct changes *c, const char *path, struct err *err)
{
    u8 *file;
    size_t size;
    struct err why;
    if (!file_load(path, &file, &size, err))
        return false;
    char *text = realloc(file, size + 1), *next = text;
    CHECK(text, "no memory for %s", path);
    text[size] = '\0';
    bool good = true;
    u32 number = 1;
    for (char *line; good && (line = strsep(&next, "\n")); number++) {
        line += strspn(line, " \t");
        cut_comment(line);
        if (line[0] && !changes_add(c, line, &why))
            good = err_set(err, "%s line %u: %s", path, number, why.text);
    }
    free(text);
    return good;
}

bool changes_read(struct changes *c, const struct cli *cli, struct err *err)
{
    for (u32 i = 0; i < cli->given_count; i++) {
        const char *name = cli->verb->options[cli->given[i]].name, *value = cli->given_values[i];
        struct err why;
        if (!strcmp(name, "changes") && !read_file(c, value, err))
            return false;
        for (size_t k = 0; k < countof(verbs); k++) {
            char line[8192];
            if (strcmp(verbs[k].name, name) != 0 || verbs[k].verb == CHANGE_CHAOS)
                continue;
            if ((size_t)snprintf(line, sizeof line, "%s %s", name, value) >= sizeof line)
                return err_set(err, "--%s: it is too long; put it into a file, for --changes", name);
            if (!changes_add(c, line, &why))
                return err_set(err, "--%s", why.text);
        }
    }
    return true;
}

void changes_free(struct changes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->list[i].bytes);
        free(c->list[i].text);
    }
    for (size_t i = 0; i < c->slice_count; i++)
        free(c->slices[i].bytes);
    free(c->list);
    free(c->slices);
}
