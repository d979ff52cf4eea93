/* SPDX-License-Identifier: BSD-3-Clause
 * Writing JSON: commas, escapes and UTF-8 are right whatever the bytes. */
#include "cli/cli.h"
#include "cli/digits.h"
#include "cli/plain.h"

/* Bytes of the well-formed UTF-8 sequence at p (RFC 3629, section 4), or 0. */
static size_t utf8_length(const u8 *p, size_t size)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : (p[0] & 0xF0) == 0xE0       ? 3
               : (p[0] & 0xF8) == 0xF0       ? 4
                                             : 0;
    if (!n || n > size)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    u32 second = n > 1 ? p[1] : 0;
    bool is_overlong = (p[0] == 0xE0 && second < 0xA0) || (p[0] == 0xF0 && second < 0x90);
    bool is_outside = (p[0] == 0xED && second >= 0xA0) || (p[0] == 0xF4 && second >= 0x90) || p[0] > 0xF4;
    return is_overlong || is_outside ? 0 : n;
}

/* One character that does not stand for itself, or is not of ASCII; *used: how many bytes it is. */
static size_t escape_one(char out[8], const u8 *p, size_t size, size_t *used)
{
    static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\", hex[] = "0123456789abcdef";
    const char *s = *p ? strchr(shorts, *p) : NULL;
    *used = utf8_length(p, size);
    if (*used > 1) {
        memcpy(out, p, *used);
        return *used;
    }
    if (s && !((s - shorts) & 1)) {
        out[0] = '\\';
        out[1] = s[1];
        return 2;
    }
    memcpy(out, "\\u00", 4);
    out[4] = hex[*p >> 4];
    out[5] = hex[*p & 15];
    if (!*used) {
        memcpy(out, "\\ufffd", 6);
        *used = 1;
    }
    return 6;
}

size_t json_escape_into(char *out, const char *text, size_t size)
{
    char *start = out;
    *out++ = '"';
    for (size_t i = 0, n; i < size; i += n) {
        n = plain_length(text + i, size - i, '"', '\\');
        memcpy(out, text + i, n);
        out += n ? n : escape_one(out, (const u8 *)text + i, size - i, &n);
    }
    *out++ = '"';
    return (size_t)(out - start);
}

size_t json_escape(FILE *out, const char *text, size_t size)
{
    const u8 *p = (const u8 *)text;
    char one[8];
    size_t bad = 0;
    putc('"', out);
    for (size_t i = 0, n; i < size; i += n) {
        n = plain_length(p + i, size - i, '"', '\\');
        if (n) {
            fwrite(p + i, 1, n, out);
            continue;
        }
        bad += !utf8_length(p + i, size - i);
        fwrite(one, 1, escape_one(one, p + i, size - i, &n), out);
    }
    putc('"', out);
    return bad;
}

void json_string(const char *text, size_t size)
{
    json_escape(stdout, text, size);
}

void json_begin(struct json *j, FILE *out)
{
    *j = (struct json){.out = out, .first = true};
}

static void before(struct json *j, const char *key)
{
    CHECK(!j->depth || (key == NULL) == (j->arrays >> j->depth & 1),
          "JSON: a key where none belongs, or none where one does");
    if (!j->first)
        fputs(j->depth ? ", " : "\n", j->out);
    j->first = false;
    if (key) {
        json_escape(j->out, key, strlen(key));
        fputs(": ", j->out);
    }
}

static void open_level(struct json *j, const char *key, bool is_array)
{
    before(j, key);
    CHECK(j->depth < 60, "JSON: nested too deep");
    j->depth++;
    j->arrays = (j->arrays & ~(1ull << j->depth)) | (u64)is_array << j->depth;
    j->first = true;
    fputc(is_array ? '[' : '{', j->out);
}

void json_object(struct json *j, const char *key)
{
    open_level(j, key, false);
}

void json_array(struct json *j, const char *key)
{
    open_level(j, key, true);
}

void json_close(struct json *j)
{
    CHECK(j->depth, "JSON: nothing is open");
    fputc(j->arrays >> j->depth & 1 ? ']' : '}', j->out);
    j->depth--;
    j->first = false;
}

void json_text(struct json *j, const char *key, const char *text)
{
    if (text)
        json_bytes(j, key, text, strlen(text));
    else
        json_null(j, key);
}

void json_bytes(struct json *j, const char *key, const void *data, size_t size)
{
    before(j, key);
    json_escape(j->out, data, size);
}

void json_raw(struct json *j, const char *key, const char *text, size_t size)
{
    before(j, key);
    fwrite(text, 1, size, j->out);
}

void json_u64(struct json *j, const char *key, u64 value)
{
    char text[24], *end = text + sizeof text, *begin = digits_decimal(end, value, 1);
    json_raw(j, key, begin, (size_t)(end - begin));
}

void json_s64(struct json *j, const char *key, s64 value)
{
    char text[24], *end = text + sizeof text, *begin = digits_signed(end, value);
    json_raw(j, key, begin, (size_t)(end - begin));
}

void json_real(struct json *j, const char *key, double value)
{
    if (value - value != 0) {
        json_null(j, key);
        return;
    }
    before(j, key);
    fprintf(j->out, "%.9g", value);
}

void json_hex(struct json *j, const char *key, u64 value, u32 digits)
{
    char text[40], *end = text + sizeof text - 1, *begin = digits_hex(end, value, digits ? digits : 1);
    *end = '"';
    begin -= 3;
    memcpy(begin, "\"0x", 3);
    json_raw(j, key, begin, (size_t)(end + 1 - begin));
}

void json_hex_known(struct json *j, const char *key, u64 value, u32 digits)
{
    if (value)
        json_hex(j, key, value, digits);
    else
        json_null(j, key);
}

void json_bool(struct json *j, const char *key, bool value)
{
    before(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
    before(j, key);
    fputs("null", j->out);
}

void json_finish(struct json *j)
{
    CHECK(!j->depth, "JSON: %u levels left open", j->depth);
    fputc('\n', j->out);
    j->first = true;
}
