/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/kernel/format.h"

#include "emu/memory/memory.h"

/* One conversion: %[flags][width][.precision][size]letter */
struct field {
    bool left;
    bool plus;
    bool space;
    bool alternate;
    bool zero;
    u32 width;
    s32 precision; /* -1: none given */
    u8 size;       /* enum size */
    char letter;
};

enum size { SIZE_NORMAL, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_64 };

static u64 take(struct format *f)
{
    if (f->k)
        return kcall_vararg(f->k, f->next++);
    return memory_get64(f->e, f->list + 8 * f->next++);
}

static void put(struct format *f, u16 c)
{
    f->put(f->context, c);
    f->length++;
}

static void put_many(struct format *f, char c, u32 count)
{
    while (count--)
        put(f, (u8)c);
}

static bool read_char(struct format *f, u32 *text, bool wide, u16 *c)
{
    u8 bytes[2];
    if (!memory_read(f->e, *text, bytes, wide ? 2 : 1))
        return false;
    *c = wide ? load_be16(bytes) : bytes[0];
    *text += wide ? 2 : 1;
    return true;
}

/* The next character of the format as ASCII; others are letters that no conversion has. */
static char peek(struct format *f, u32 text)
{
    u16 c;
    if (!read_char(f, &text, f->wide, &c))
        return '\0';
    return c < 0x80 ? (char)c : '\x7F';
}

static void skip(const struct format *f, u32 *text)
{
    *text += f->wide ? 2 : 1;
}

static bool set_flag(struct field *field, char c)
{
    switch (c) {
    case '-':
        return field->left = true;
    case '+':
        return field->plus = true;
    case ' ':
        return field->space = true;
    case '#':
        return field->alternate = true;
    case '0':
        return field->zero = true;
    default:
        return false;
    }
}

/* A number, or `*`: the next argument. */
static s32 read_count(struct format *f, u32 *text)
{
    s32 value = 0;
    if (peek(f, *text) == '*') {
        skip(f, text);
        value = (s32)take(f);
    } else {
        for (char c; (c = peek(f, *text)) >= '0' && c <= '9'; skip(f, text))
            value = value < FORMAT_FIELD_MAX ? value * 10 + (c - '0') : value;
    }
    if (value > FORMAT_FIELD_MAX)
        value = FORMAT_FIELD_MAX;
    return value < -FORMAT_FIELD_MAX ? -FORMAT_FIELD_MAX : value;
}

static void read_size(struct format *f, u32 *text, struct field *field)
{
    for (;;) {
        char c = peek(f, *text);
        if (c == 'h')
            field->size = field->size == SIZE_SHORT ? SIZE_CHAR : SIZE_SHORT;
        else if (c == 'l' || c == 'w')
            field->size = field->size == SIZE_LONG ? SIZE_64 : SIZE_LONG;
        else if (c == 'I' || c == 'j')
            field->size = SIZE_NORMAL;
        else if (c != 'L' && c != 'F' && c != 'N' && c != 't' && c != 'z')
            return;
        if (c == 'F' || c == 'N')
            return;
        skip(f, text);
        if (c == 'j')
            field->size = SIZE_64;
        if (c != 'I')
            continue;
        u32 step = f->wide ? 2 : 1;
        char a = peek(f, *text), b = peek(f, *text + step);
        if ((a == '6' && b == '4') || (a == '3' && b == '2')) {
            field->size = a == '6' ? SIZE_64 : SIZE_NORMAL;
            *text += 2 * step;
        }
    }
}

static void read_field(struct format *f, u32 *text, struct field *field)
{
    *field = (struct field){.precision = -1};
    while (set_flag(field, peek(f, *text)))
        skip(f, text);
    s32 width = read_count(f, text);
    field->left = field->left || width < 0;
    field->width = (u32)(width < 0 ? -width : width);
    if (peek(f, *text) == '.') {
        skip(f, text);
        s32 precision = read_count(f, text);
        field->precision = precision < 0 ? -1 : precision;
    }
    read_size(f, text, field);
    field->letter = peek(f, *text);
    if (field->letter)
        skip(f, text);
}

/* A number's text: prefix ("-", "0x"), zeros, digits, in its field. */
static void put_number(struct format *f, const struct field *field, const char *prefix, u32 zeros, const char *digits,
                       u32 count)
{
    u32 length = (u32)strlen(prefix) + zeros + count;
    u32 padding = field->width > length ? field->width - length : 0;
    bool fill = field->zero && !field->left;
    if (!field->left && !fill)
        put_many(f, ' ', padding);
    for (; *prefix; prefix++)
        put(f, (u8)*prefix);
    put_many(f, '0', zeros + (fill ? padding : 0));
    for (u32 i = 0; i < count; i++)
        put(f, (u8)digits[i]);
    if (field->left)
        put_many(f, ' ', padding);
}

static u64 narrow(u64 value, u8 size, bool is_signed)
{
    switch (size) {
    case SIZE_64:
        return value;
    case SIZE_SHORT:
        return is_signed ? (u64)(s16)value : (u16)value;
    case SIZE_CHAR:
        return is_signed ? (u64)(s8)value : (u8)value;
    default:
        return is_signed ? (u64)(s32)value : (u32)value;
    }
}

static u32 digits_of(u64 value, u32 base, bool upper, char out[24])
{
    char reversed[24];
    u32 count = 0;
    for (; value; value /= base)
        reversed[count++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
    for (u32 i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

static void put_integer(struct format *f, struct field *field)
{
    bool is_signed = field->letter == 'd' || field->letter == 'i';
    bool upper = field->letter == 'X' || field->letter == 'p';
    u32 base = field->letter == 'o' ? 8 : upper || field->letter == 'x' ? 16 : 10;
    u64 value = narrow(take(f), field->size, is_signed);
    const char *prefix = "";
    char digits[24];
    if (field->letter == 'p')
        field->precision = 8;
    if (is_signed)
        prefix = (s64)value < 0 ? "-" : field->plus ? "+" : field->space ? " " : "";
    if (is_signed && (s64)value < 0)
        value = -value;
    if (field->alternate && base == 16 && value && field->letter != 'p')
        prefix = upper ? "0X" : "0x";
    u32 count = digits_of(value, base, upper, digits);
    u32 least = field->precision >= 0 ? (u32)field->precision : 1;
    if (field->alternate && base == 8 && least <= count)
        least = count + 1;
    if (field->precision >= 0)
        field->zero = false;
    put_number(f, field, prefix, least > count ? least - count : 0, digits, count);
}

static void put_double(struct format *f, const struct field *field)
{
    char text[FORMAT_DOUBLE_MAX + FORMAT_FIELD_MAX];
    u32 precision = field->precision >= 0 ? (u32)field->precision : 6;
    u32 count = format_double(take(f), field->letter, precision, field->alternate, text);
    bool minus = text[0] == '-';
    const char *prefix = minus ? "-" : field->plus ? "+" : field->space ? " " : "";
    put_number(f, field, prefix, 0, text + minus, count - minus);
}

/* Is the argument of %s or %c wide? The small letter goes with the function, the capital one against it. */
static bool is_wide(const struct format *f, const struct field *field)
{
    bool capital = field->letter == 'S' || field->letter == 'C';
    if (field->size == SIZE_SHORT)
        return false;
    if (field->size == SIZE_LONG)
        return true;
    return f->wide != capital;
}

static bool put_text(struct format *f, const struct field *field, u32 text, u32 limit, bool wide)
{
    u32 length = 0;
    u16 c;
    for (u32 at = text; length < limit; length++) {
        if (!read_char(f, &at, wide, &c) || length == FORMAT_TEXT_MAX)
            return false;
        if (c == 0)
            break;
    }
    u32 padding = field->width > length ? field->width - length : 0;
    if (!field->left)
        put_many(f, field->zero ? '0' : ' ', padding);
    for (u32 i = 0; i < length && read_char(f, &text, wide, &c); i++)
        put(f, f->wide || c < 0x100 ? c : '?');
    if (field->left)
        put_many(f, ' ', padding);
    return true;
}

static void put_literal(struct format *f, const struct field *field, const char *text)
{
    u32 length = (u32)strlen(text);
    if (field->precision >= 0 && (u32)field->precision < length)
        length = (u32)field->precision;
    struct field plain = *field;
    plain.zero = false;
    put_number(f, &plain, "", 0, text, length);
}

static bool put_string(struct format *f, const struct field *field)
{
    u32 text = (u32)take(f);
    if (text == 0) {
        put_literal(f, field, "(null)");
        return true;
    }
    return put_text(f, field, text, field->precision >= 0 ? (u32)field->precision : UINT32_MAX, is_wide(f, field));
}

/* %Z: an ANSI_STRING; %wZ: a UNICODE_STRING. */
static bool put_counted(struct format *f, const struct field *field)
{
    u8 header[8];
    u32 string = (u32)take(f);
    bool wide = field->size == SIZE_LONG;
    if (string == 0) {
        put_literal(f, field, "(null)");
        return true;
    }
    if (!memory_read(f->e, string, header, sizeof header))
        return false;
    u32 length = load_be16(header) / (wide ? 2 : 1);
    if (field->precision >= 0 && (u32)field->precision < length)
        length = (u32)field->precision;
    return put_text(f, field, load_be32(header + 4), length, wide);
}

static void put_character(struct format *f, const struct field *field)
{
    u16 c = (u16)take(f);
    u32 padding = field->width > 1 ? field->width - 1 : 0;
    if (!is_wide(f, field))
        c &= 0xFF;
    if (!field->left)
        put_many(f, field->zero ? '0' : ' ', padding);
    put(f, f->wide || c < 0x100 ? c : '?');
    if (field->left)
        put_many(f, ' ', padding);
}

static bool put_field(struct format *f, struct field *field)
{
    switch (field->letter) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
    case 'p':
        put_integer(f, field);
        return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        put_double(f, field);
        return true;
    case 's':
    case 'S':
        return put_string(f, field);
    case 'Z':
        return put_counted(f, field);
    case 'c':
    case 'C':
        put_character(f, field);
        return true;
    case 'n':
        return memory_set32(f->e, (u32)take(f), f->length);
    case '\0':
        return true;
    default: /* `%%`, and letters that mean nothing, stand for themselves */
        put(f, (u8)field->letter);
        return true;
    }
}

bool format_run(struct format *f, u32 text)
{
    u16 c;
    for (u32 i = 0; i < FORMAT_TEXT_MAX && read_char(f, &text, f->wide, &c); i++) {
        if (c == 0)
            return true;
        if (c != '%') {
            put(f, c);
            continue;
        }
        struct field field;
        read_field(f, &text, &field);
        if (!put_field(f, &field))
            return false;
        if (field.letter == '\0')
            return true;
    }
    return false;
}
