/* SPDX-License-Identifier: BSD-3-Clause
 * Reading the values of options: numbers, virtual times, wall clocks. Nothing here depends on locale or time zone. */
#include "cli/cli.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static u32 digit_value(char c)
{
    if (is_digit(c))
        return (u32)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 : 255;
}

/* As many digits as there are; NULL: none, or too large. */
static const char *read_digits(const char *p, u32 base, u64 *value)
{
    const char *start = p;
    u64 v = 0;
    for (u32 d; (d = digit_value(*p)) < base; p++) {
        if (__builtin_mul_overflow(v, (u64)base, &v) || __builtin_add_overflow(v, (u64)d, &v))
            return NULL;
    }
    if (p == start)
        return NULL;
    *value = v;
    return p;
}

bool cli_read_u64(const char *text, u64 *value)
{
    bool is_hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    u64 v = 0;
    const char *end = read_digits(is_hex ? text + 2 : text, is_hex ? 16 : 10, &v);
    if (!end || *end)
        return false;
    *value = v;
    return true;
}

/* Digits behind a decimal point, in billionths. */
static const char *read_fraction(const char *p, u64 *billionths)
{
    u64 v = 0, unit = 100000000;
    if (!is_digit(*p))
        return NULL;
    for (; is_digit(*p); p++, unit /= 10)
        v += (u64)(*p - '0') * unit;
    *billionths = v;
    return p;
}

bool cli_read_ticks(const char *text, u64 *value)
{
    static const struct {
        const char *name;
        u64 ticks;
    } units[] = {{"s", 50000000}, {"", 50000000}, {"ms", 50000}, {"us", 50}, {"t", 1}};
    u64 whole = 0, billionths = 0, ticks;
    const char *p = read_digits(text, 10, &whole);
    if (p && *p == '.')
        p = read_fraction(p + 1, &billionths);
    for (size_t i = 0; p && i < countof(units); i++) {
        if (strcmp(p, units[i].name))
            continue;
        if (__builtin_mul_overflow(whole, units[i].ticks, &ticks))
            return false;
        *value = ticks + billionths * units[i].ticks / 1000000000;
        return true;
    }
    return false;
}

static const u16 days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(u64 year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(u64 year, u64 month, u64 day)
{
    if (year < 1602 || month < 1 || month > 12)
        return false;
    u32 days = days_before_month[month] - days_before_month[month - 1] + (month == 2 && is_leap(year));
    return day >= 1 && day <= days;
}

/* Days since 1601-01-01 (proleptic Gregorian), the first day of a 400-year cycle. */
static u64 days_since_1601(u64 year, u64 month, u64 day)
{
    u64 y = year - 1601;
    return y * 365 + y / 4 - y / 100 + y / 400 + days_before_month[month - 1] + (is_leap(year) && month > 2) + day - 1;
}

/* Exactly `count` digits, then the character `then` (0: anything). NULL: not so. */
static const char *read_field(const char *p, u32 count, char then, u64 *value)
{
    u64 v = 0;
    for (u32 i = 0; p && i < count; i++, p++) {
        if (!is_digit(*p))
            return NULL;
        v = v * 10 + (u64)(*p - '0');
    }
    *value = v;
    return !p || (then && *p != then) ? NULL : p + (then != 0);
}

/* "Z" or "+hh:mm". The offset comes in seconds. */
static bool read_zone(const char *p, s64 *seconds)
{
    u64 hours = 0, minutes = 0;
    *seconds = 0;
    if ((*p | 0x20) == 'z')
        return !p[1];
    if (*p != '+' && *p != '-')
        return false;
    const char *end = read_field(read_field(p + 1, 2, ':', &hours), 2, 0, &minutes);
    *seconds = (s64)(hours * 3600 + minutes * 60) * (*p == '-' ? -1 : 1);
    return end && !*end && hours < 24 && minutes < 60;
}

static bool read_rfc3339(const char *text, u64 *value)
{
    u64 year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, billionths = 0;
    s64 offset = 0;
    const char *p = read_field(read_field(read_field(text, 4, '-', &year), 2, '-', &month), 2, 0, &day);
    if (!p || ((*p | 0x20) != 't' && *p != ' '))
        return false;
    p = read_field(read_field(read_field(p + 1, 2, ':', &hour), 2, ':', &minute), 2, 0, &second);
    if (p && *p == '.')
        p = read_fraction(p + 1, &billionths);
    if (!p || !read_zone(p, &offset))
        return false;
    if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return false;
    u64 seconds = days_since_1601(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *value = (seconds - (u64)offset) * 10000000 + billionths / 100;
    return true;
}

bool cli_read_filetime(const char *text, u64 *value)
{
    return cli_read_u64(text, value) || read_rfc3339(text, value);
}

bool cli_read_setting(const char *text, char *key, size_t capacity, u64 *value)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || (size_t)(equals - text) >= capacity || !cli_read_u64(equals + 1, value))
        return false;
    memcpy(key, text, (size_t)(equals - text));
    key[equals - text] = 0;
    return true;
}

bool cli_u64(const struct cli *cli, const char *option, u64 *value, struct err *err)
{
    const char *text = cli_value(cli, option);
    return !text || cli_read_u64(text, value) ||
           err_set(err, "--%s %s: not a number (decimal, or hex with 0x)", option, text);
}

bool cli_ticks(const struct cli *cli, const char *option, u64 *value, struct err *err)
{
    const char *text = cli_value(cli, option);
    return !text || cli_read_ticks(text, value) ||
           err_set(err, "--%s %s: not a time (5s, 250ms, 10us, 123t)", option, text);
}

bool cli_where(const struct cli *cli, const char *option, u64 *tick, u64 *event, struct err *err)
{
    const char *text = cli_value(cli, option);
    if (!text || (!strncmp(text, "event:", 6) ? cli_read_u64(text + 6, event) : cli_read_ticks(text, tick)))
        return true;
    return err_set(err, "--%s %s: neither a time (2.5s, 123t) nor event:NUMBER", option, text);
}

bool cli_filetime(const struct cli *cli, const char *option, u64 *value, struct err *err)
{
    const char *text = cli_value(cli, option);
    return !text || cli_read_filetime(text, value) ||
           err_set(err, "--%s %s: not a time (2005-11-22T00:00:00Z, or 100 ns units since 1601)", option, text);
}
