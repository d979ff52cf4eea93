/* SPDX-License-Identifier: BSD-3-Clause
 * Times and durations as text (diff/table.h). */
#include "diff/table_show.h"
#include "cli/digits.h"
#include "diff/table.h"

#include <inttypes.h>

struct unit {
    const char *name;
    u64 ns;
};

static const struct unit units[] = {{" s", 1000000000}, {" ms", 1000000}, {" us", 1000}, {" ns", 1}};

static const struct unit *unit_of(double ns)
{
    const struct unit *unit = units;
    while (unit->ns > 1 && ns < (double)unit->ns)
        unit++;
    return unit;
}

static char *text_before(char *end, const char *text)
{
    size_t size = strnlen(text, TABLE_SHOW - 24);
    return memcpy(end - size, text, size);
}

/* Digits behind the point that a clock of hz can fill; *unit: 1 with so many zeros. */
static u32 digits_of(u64 hz, u64 *unit)
{
    u32 digits = 0;
    for (*unit = 1; *unit < hz && digits < 9; *unit *= 10)
        digits++;
    return digits;
}

static u64 fraction_of(u64 rest, u64 hz, u64 unit)
{
    u64 fraction = 0;
    if (unit % hz == 0)
        return rest * (unit / hz);
    for (; unit > 1; unit /= 10) {
        rest *= 10;
        fraction = fraction * 10 + rest / hz;
        rest %= hz;
    }
    return fraction;
}

char *table_show_time_before(char *end, const struct run_clock *clock, u64 time)
{
    u64 unit;
    if (!clock->hz)
        return digits_decimal(end, time, 1);
    u32 digits = digits_of(clock->hz, &unit);
    if (digits) {
        end = digits_decimal(end, fraction_of(time % clock->hz, clock->hz, unit), digits);
        *--end = '.';
    }
    return digits_decimal(end, time / clock->hz, 1);
}

/* Whole nanoseconds, below 1000 s, of which three digits can be told without rounding halves. */
static bool is_plain(const struct run_clock *clock, u64 duration, u64 *ns)
{
    if (clock->hz > 1000000000 || 1000000000 % clock->hz || duration >= 1000000000000 / (1000000000 / clock->hz))
        return false;
    *ns = duration * (1000000000 / clock->hz);
    return *ns < 1000000 || (*ns < 1000000000 ? *ns % 1000 != 500 : *ns % 1000000 != 500000);
}

static char *plain_before(char *end, u64 ns)
{
    const struct unit *unit = unit_of((double)ns);
    end = text_before(end, unit->name);
    if (unit->ns > 1) {
        u64 thousandths = (ns + unit->ns / 2000) / (unit->ns / 1000);
        end = digits_decimal(end, thousandths % 1000, 3);
        *--end = '.';
        ns = thousandths / 1000;
    }
    return digits_decimal(end, ns, 1);
}

char *table_show_duration_before(char *end, const struct run_clock *clock, u64 duration)
{
    u64 whole;
    char text[TABLE_SHOW];
    if (!clock->hz) {
        end = text_before(end, clock->name);
        *--end = ' ';
        return digits_decimal(end, duration, 1);
    }
    if (is_plain(clock, duration, &whole))
        return plain_before(end, whole);
    double ns = (double)duration * 1e9 / (double)clock->hz;
    const struct unit *unit = unit_of(ns);
    snprintf(text, sizeof text, "%.*f%s", unit->ns == 1 ? 0 : 3, ns / (double)unit->ns, unit->name);
    return text_before(end, text);
}

static const char *copy(const char *begin, const char *end, char *out, size_t capacity)
{
    size_t size = (size_t)(end - begin);
    size = size < capacity ? size : capacity - 1;
    memcpy(out, begin, size);
    out[size] = 0;
    return out;
}

const char *table_show_time(const struct run_clock *clock, u64 time, char *out, size_t capacity)
{
    char text[TABLE_SHOW], *end = text + sizeof text;
    return copy(table_show_time_before(end, clock, time), end, out, capacity);
}

const char *table_show_address(u32 address, char out[TABLE_ADDRESS])
{
    snprintf(out, TABLE_ADDRESS, address ? "0x%08X" : "unknown", address);
    return out;
}

const char *table_show_duration(const struct run_clock *clock, u64 duration, char *out, size_t capacity)
{
    char text[TABLE_SHOW], *end = text + sizeof text;
    return copy(table_show_duration_before(end, clock, duration), end, out, capacity);
}
