/* SPDX-License-Identifier: BSD-3-Clause
 * Times and places as users write them (diff/clock.h). */
#include "diff/clock.h"
#include "cli/cli.h"
#include "diff/anchor.h"

#include <stdlib.h>

struct run_clock clock_of(const struct journal_reader *journal)
{
    const char *name = journal_get(journal, "clock.name");
    struct run_clock clock = {name ? name : "tick", name ? 0 : 50000000, 1};
    journal_get_u64(journal, "clock.hz", &clock.hz);
    journal_get_u64(journal, "clock.quantum", &clock.quantum);
    return clock;
}

/* Digits with or without a point, at most nine behind it that count; *scaled is the value times `units`. NULL: no
 * number, or too large. */
static const char *read_decimal(const char *p, u64 units, u64 *scaled)
{
    u64 whole = 0, fraction = 0, place = 1, value;
    const char *start = p;
    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(whole, (u64)10, &whole) || __builtin_add_overflow(whole, (u64)(*p - '0'), &whole))
            return NULL;
    if (p == start || __builtin_mul_overflow(whole, units, &value))
        return NULL;
    for (p += *p == '.'; *p >= '0' && *p <= '9'; p++)
        if (place < 1000000000) {
            place *= 10;
            fraction = fraction * 10 + (u64)(*p - '0');
        }
    u64 unit = units / place, rest = units % place; /* so that the product stays small */
    *scaled = value + fraction * unit + (fraction * rest + place / 2) / place;
    return p;
}

bool clock_read(const struct run_clock *clock, const char *text, u64 *time)
{
    static const struct {
        const char *name;
        u64 in_second;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 1000}, {"us", 1000000}, {"ns", 1000000000}};
    u64 scaled;
    const char *end = read_decimal(text, 1, &scaled);
    if (end && (!strcmp(end, "t") || (!*end && !clock->hz)) && !strchr(text, '.')) {
        *time = scaled;
        return true;
    }
    end = clock->hz ? read_decimal(text, clock->hz, &scaled) : NULL;
    for (size_t i = 0; end && i < countof(units); i++)
        if (!strcmp(end, units[i].name)) {
            *time = (scaled + units[i].in_second / 2) / units[i].in_second;
            return true;
        }
    return false;
}

bool place_read_cite(const char *text, u32 *thread, u32 *index)
{
    const char *at = strchr(text, '@');
    char number[24];
    u64 t, i;
    if (!at || (size_t)(at - text) >= sizeof number)
        return false;
    memcpy(number, text, (size_t)(at - text));
    number[at - text] = 0;
    if (!cli_read_u64(number, &t) || !cli_read_u64(at + 1, &i) || t > UINT32_MAX || i > UINT32_MAX)
        return false;
    *thread = (u32)t;
    *index = (u32)i;
    return true;
}

bool place_of_event(struct journal_reader *journal, u32 thread, u32 index, struct event *event)
{
    struct err err;
    const struct event *e;
    struct journal_cursor *c = journal_cursor_thread(journal, thread, index, &err);
    bool found = journal_cursor_next(c, &e, &err) == 1 && e->index == index;
    if (found)
        *event = *e;
    journal_cursor_close(c);
    return found;
}

/* "NAME+TIME" and "NAME-TIME". */
static bool read_beside_anchor(struct place *place, struct journal_reader *journal, const struct run_clock *clock,
                               const char *text)
{
    char name[ANCHOR_NAME_SIZE];
    struct anchor anchor;
    u64 offset;
    size_t size = strlen(text);
    while (size && text[size - 1] != '+' && text[size - 1] != '-')
        size--;
    if (size < 2 || size > sizeof name || !clock_read(clock, text + size, &offset))
        return false;
    memcpy(name, text, size - 1);
    name[size - 1] = 0;
    if (!anchor_find(journal, name, &anchor))
        return false;
    bool is_later = text[size - 1] == '+';
    *place = (struct place){.time = is_later ? anchor.time + offset : anchor.time >= offset ? anchor.time - offset : 0};
    return true;
}

bool place_read(struct place *place, struct journal_reader *journal, const char *text, struct err *err)
{
    struct run_clock clock = clock_of(journal);
    struct anchor anchor;
    struct event event;
    u64 value;
    u32 thread, index;
    if (clock_read(&clock, text, &value)) {
        *place = (struct place){.time = value};
    } else if (place_read_cite(text, &thread, &index)) {
        if (!place_of_event(journal, thread, index, &event))
            return err_set(err, "%s: thread %u has no event %u", text, thread, index);
        *place = (struct place){true, event.seq, event.time};
    } else if (!strncmp(text, "event:", 6) && cli_read_u64(text + 6, &value)) {
        *place = (struct place){true, value, 0};
    } else if (anchor_find(journal, text, &anchor)) {
        *place = (struct place){anchor.seq != UINT64_MAX, anchor.seq, anchor.time};
    } else if (!read_beside_anchor(place, journal, &clock, text)) {
        return err_set(err,
                       "%s: neither a time (9.4s, 155ms%s), nor an event (THREAD@INDEX, event:N), nor an anchor of the "
                       "journal (lockstep anchor list)",
                       text, clock.hz ? ", 123t" : "; this journal has no clock, so a bare number");
    }
    return true;
}
