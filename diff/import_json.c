/* SPDX-License-Identifier: BSD-3-Clause
 * The JSON scanner (diff/import_json.h): recursive descent over one line, no allocation. */
#include "diff/import_json.h"
#include "diff/import_bytes.h"

struct scan {
    const char *line;
    const char *at;
    const char *end;
    const char *why; /* NULL: nothing is wrong yet */
    struct import_values *values;
    u32 depth;
};

static bool fail(struct scan *s, const char *why)
{
    s->why = why;
    return false;
}

static inline void skip_blanks(struct scan *s)
{
    if (likely(s->at < s->end && (u8)*s->at > ' '))
        return;
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n'))
        s->at++;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool scan_escape(struct scan *s)
{
    s->at++;
    if (s->at == s->end)
        return fail(s, "the line ends inside a string");
    if (*s->at == 'u') {
        for (u32 i = 1; i <= 4; i++)
            if (s->at + i >= s->end || !is_hex(s->at[i]))
                return fail(s, "\\u needs four hex digits");
        s->at += 5;
        return true;
    }
    if (!memchr("\"\\/bfnrt", *s->at, 8))
        return fail(s, "an unknown escape");
    s->at++;
    return true;
}

/* Bytes of a string that need no look: neither a quote nor a backslash nor a control character. */
static inline const char *skip_plain(const char *at, const char *end)
{
    for (; end - at >= 16; at += 16) {
        u32 found = import_special_bytes(at);
        if (found)
            return at + __builtin_ctz(found);
    }
    while (at < end && *at != '"' && *at != '\\' && (u8)*at >= 0x20)
        at++;
    return at;
}

/* *at points behind the opening quote; ends behind the closing one. */
static inline __attribute__((always_inline)) bool scan_string(struct scan *s, u32 *at, u32 *size)
{
    const char *start = s->at, *found = skip_plain(start, s->end);
    while (unlikely(found == s->end || *found != '"')) {
        s->at = found;
        if (s->at == s->end)
            return fail(s, "the line ends inside a string");
        if (*s->at != '\\')
            return fail(s, "a control character inside a string");
        if (!scan_escape(s))
            return false;
        found = skip_plain(s->at, s->end);
    }
    *at = (u32)(start - s->line);
    *size = (u32)(found - start);
    s->at = found + 1;
    return true;
}

static inline bool scan_digits(struct scan *s)
{
    const char *at = s->at;
    while (at < s->end && (u8)(*at - '0') < 10)
        at++;
    if (at == s->at)
        return fail(s, "a number lacks digits");
    s->at = at;
    return true;
}

static inline bool scan_number(struct scan *s)
{
    if (*s->at == '-')
        s->at++;
    const char *first = s->at;
    if (!scan_digits(s))
        return false;
    if (*first == '0' && s->at - first > 1)
        return fail(s, "a number begins with 0");
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!scan_digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!scan_digits(s))
            return false;
    }
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
        return fail(s, "neither a value nor true, false or null");
    s->at += size;
    return true;
}

static bool scan_nested(struct scan *s, struct import_value *v);

static inline __attribute__((always_inline)) bool scan_value(struct scan *s, struct import_value *v)
{
    if (s->at == s->end)
        return fail(s, "a value is expected");
    const char *start = s->at;
    switch (*start) {
    case '"':
        v->type = IMPORT_STRING;
        s->at++;
        return scan_string(s, &v->at, &v->size);
    case '{':
    case '[':
        if (!scan_nested(s, v))
            return false;
        break;
    case 't':
    case 'f':
        v->type = IMPORT_WORD;
        if (!scan_word(s, *start == 't' ? "true" : "false"))
            return false;
        break;
    case 'n':
        v->type = IMPORT_NULL;
        if (!scan_word(s, "null"))
            return false;
        break;
    default:
        v->type = IMPORT_NUMBER;
        if (!scan_number(s))
            return false;
    }
    v->at = (u32)(start - s->line);
    v->size = (u32)(s->at - start);
    return true;
}

/* The slot of a list that is full is a spare one: the line is still checked to its end. */
static struct import_value *value_add(struct scan *s, struct import_value *spare)
{
    return s->values->count < IMPORT_VALUES_MAX ? &s->values->list[s->values->count++] : spare;
}

static inline bool scan_key(struct scan *s, struct import_value *v)
{
    if (s->at == s->end || *s->at != '"')
        return fail(s, "a key is expected");
    s->at++;
    if (!scan_string(s, &v->key_at, &v->key_size))
        return false;
    if (s->at == s->end || *s->at != ':')
        skip_blanks(s);
    if (s->at == s->end || *s->at != ':')
        return fail(s, "a colon is expected");
    s->at++;
    skip_blanks(s);
    return true;
}

/* Members or elements up to the closing bracket; *at points behind the opening one. */
static bool scan_inside(struct scan *s, u64 path, bool is_object, u32 *count)
{
    char close = is_object ? '}' : ']';
    u64 element = is_object ? 0 : import_path(path, "[]", 2);
    *count = 0;
    skip_blanks(s);
    if (s->at < s->end && *s->at == close) {
        s->at++;
        return true;
    }
    for (;; s->at++) {
        struct import_value spare, *v = value_add(s, &spare);
        *v = (struct import_value){.parent = path, .path = element, .ordinal = (*count)++};
        skip_blanks(s);
        if (is_object) {
            if (!scan_key(s, v))
                return false;
            v->path = import_path(path, s->line + v->key_at, v->key_size);
        }
        if (!scan_value(s, v))
            return false;
        if (likely(s->at < s->end && *s->at == ','))
            continue;
        skip_blanks(s);
        if (s->at == s->end)
            return fail(s, "the line ends inside an object or array");
        if (*s->at == close)
            break;
        if (*s->at != ',')
            return fail(s, "a comma or a closing bracket is expected");
    }
    s->at++;
    return true;
}

static bool scan_nested(struct scan *s, struct import_value *v)
{
    bool is_object = *s->at == '{';
    v->type = is_object ? IMPORT_OBJECT : IMPORT_ARRAY;
    if (++s->depth > IMPORT_JSON_DEPTH)
        return fail(s, "nested too deep");
    s->at++;
    if (!scan_inside(s, v->path, is_object, &v->count))
        return false;
    s->depth--;
    return true;
}

bool import_json_scan(const char *line, size_t size, struct import_values *values, const char **why, size_t *place)
{
    struct scan s = {.line = line, .at = line, .end = line + size, .values = values};
    struct import_value spare, *whole;
    values->count = 0;
    values->is_json = true;
    whole = value_add(&s, &spare);
    *whole = (struct import_value){0};
    skip_blanks(&s);
    bool ok = scan_value(&s, whole);
    skip_blanks(&s);
    if (ok && s.at != s.end)
        ok = fail(&s, "something follows the value");
    *why = s.why;
    *place = (size_t)(s.at - line);
    return ok;
}

/* ---- Escapes. ---- */

static u32 hex4(const char *digits)
{
    u32 value = 0;
    for (u32 i = 0; i < 4; i++) {
        char c = digits[i];
        value = value << 4 | (u32)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t put_utf8(char *out, u32 code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    u32 more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const u8 lead[] = {0, 0xC0, 0xE0, 0xF0};
    for (u32 i = more; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(lead[more] | code);
    return more + 1;
}

/* At \uXXXX; a pair of surrogates is one character, half of one stays as it is. Returns the bytes read. */
static size_t unescape_code(const char *raw, size_t left, char *out, size_t *written)
{
    u32 code = hex4(raw + 2);
    if (code >> 10 == 0xD800 >> 10 && left >= 12 && raw[6] == '\\' && raw[7] == 'u') {
        u32 low = hex4(raw + 8);
        if (low >> 10 == 0xDC00 >> 10) {
            *written = put_utf8(out, 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF));
            return 12;
        }
    }
    *written = put_utf8(out, code);
    return 6;
}

size_t import_json_unescape(const char *raw, size_t size, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t length = 0;
    for (size_t i = 0; i < size;) {
        if (raw[i] != '\\' || i + 1 >= size) {
            out[length++] = raw[i++];
        } else if (raw[i + 1] == 'u' && size - i >= 6) {
            size_t written;
            i += unescape_code(raw + i, size - i, out + length, &written);
            length += written;
        } else {
            const char *found = memchr(from, raw[i + 1], sizeof from - 1);
            out[length++] = found ? to[found - from] : raw[i + 1];
            i += 2;
        }
    }
    return length;
}
