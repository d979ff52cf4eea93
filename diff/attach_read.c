/* SPDX-License-Identifier: BSD-3-Clause
 * Reading names of addresses out of text files (diff/attach.h). */
#include "diff/attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS_MAX = 5 };

/* A line's words; they are not terminated. */
struct words {
    u32 count; /* TOKENS_MAX + 1: there are more */
    const char *text[TOKENS_MAX];
    size_t size[TOKENS_MAX];
};

bool attach_load(const char *path, char **text, size_t *size, struct err *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(err, "cannot open %s: %s", path, strerror(errno));
    size_t capacity = 1 << 16;
    *text = NULL;
    *size = 0;
    do {
        capacity *= 2;
        *text = realloc(*text, capacity);
        CHECK(*text, "out of memory");
        *size += fread(*text + *size, 1, capacity - 1 - *size, file);
    } while (*size == capacity - 1);
    (*text)[*size] = 0;
    bool ok = !ferror(file) || err_set(err, "cannot read %s: %s", path, strerror(errno));
    fclose(file);
    if (!ok)
        free(*text);
    return ok;
}

void attach_free(struct attach_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->list[i].name);
    free(labels->list);
    *labels = (struct attach_labels){0};
}

void attach_add(struct attach_labels *labels, u32 start, u32 end, enum attach_kind kind, const char *name, size_t size)
{
    if (!(labels->count & (labels->count - 1))) {
        labels->list = realloc(labels->list, (labels->count ? labels->count * 2 : 1) * sizeof *labels->list);
        CHECK(labels->list, "out of memory");
    }
    char *copy = strndup(name, size);
    CHECK(copy, "out of memory");
    labels->list[labels->count++] = (struct attach_label){start, end, kind, copy};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Quotes keep words together; behind # nothing counts. */
static struct words split(const char *line)
{
    struct words words = {0};
    for (const char *p = line; *p && *p != '\n';) {
        if (is_blank(*p)) {
            p++;
            continue;
        }
        if (*p == '#')
            break;
        bool quoted = *p == '"';
        p += quoted;
        const char *end = p;
        while (*end && *end != '\n' && (quoted ? *end != '"' : !is_blank(*end)))
            end++;
        if (words.count < TOKENS_MAX) {
            words.text[words.count] = p;
            words.size[words.count] = (size_t)(end - p);
        }
        words.count += words.count <= TOKENS_MAX;
        p = end + (quoted && *end == '"');
    }
    return words;
}

static bool read_hex(const struct words *words, u32 i, u64 *value)
{
    const char *p = words->text[i];
    size_t size = words->size[i];
    if (size > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        p += 2;
        size -= 2;
    }
    if (!size || size > 16)
        return false;
    *value = 0;
    for (size_t k = 0; k < size; k++) {
        char c = (char)(p[k] | 0x20);
        if (!((p[k] >= '0' && p[k] <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *value = *value << 4 | (u64)(p[k] <= '9' ? p[k] - '0' : c - 'a' + 10);
    }
    return true;
}

static bool is_letter(const struct words *words, u32 i)
{
    return words->size[i] == 1 && (((words->text[i][0] | 0x20) >= 'a' && (words->text[i][0] | 0x20) <= 'z'));
}

static bool is_name(const struct words *words, u32 i)
{
    return words->size[i] && !(words->text[i][0] >= '0' && words->text[i][0] <= '9');
}

/* The fields of a line of nm: of BSD's format "ADDRESS [SIZE] LETTER NAME" or posix's "NAME LETTER ADDRESS [SIZE]". */
struct nm_line {
    u64 address;
    u64 size;
    char letter;
    u32 name;
};

static bool read_nm_line(const struct words *w, struct nm_line *line)
{
    *line = (struct nm_line){0};
    if ((w->count == 3 || w->count == 4) && is_letter(w, w->count - 2) && is_name(w, w->count - 1) &&
        read_hex(w, 0, &line->address) && (w->count == 3 || read_hex(w, 1, &line->size))) {
        line->letter = w->text[w->count - 2][0];
        line->name = w->count - 1;
        return true;
    }
    if ((w->count == 3 || w->count == 4) && is_letter(w, 1) && read_hex(w, 2, &line->address) &&
        (w->count == 3 || read_hex(w, 3, &line->size))) {
        line->letter = w->text[1][0];
        return true;
    }
    /* Undefined symbols have no address. */
    line->letter = 'U';
    return w->count == 2 && (is_letter(w, 0) || is_letter(w, 1));
}

static bool add_nm(struct attach_labels *labels, const struct words *w, struct err *err)
{
    struct nm_line line;
    if (!read_nm_line(w, &line))
        return err_set(err, "not a line of nm's output");
    if (!strchr("TtWwDdBbRrGgSsVvCci", line.letter) || !line.address)
        return true;
    if (line.address > UINT32_MAX || line.size > UINT32_MAX - line.address)
        return err_set(err, "the address is not one of 32 bits");
    attach_add(labels, (u32)line.address, line.size ? (u32)(line.address + line.size) : 0,
               strchr("TtWwi", line.letter) ? ATTACH_FUNCTION : ATTACH_DATA, w->text[line.name], w->size[line.name]);
    return true;
}

static bool add_label(struct attach_labels *labels, const struct words *w, struct err *err)
{
    u64 address, size = 0;
    if (w->count < 2 || w->count > 3 || !read_hex(w, 0, &address) || !w->size[1] ||
        (w->count == 3 && !read_hex(w, 2, &size)))
        return err_set(err, "expected ADDRESS NAME [SIZE], numbers in hex");
    if (address > UINT32_MAX || size > UINT32_MAX - address)
        return err_set(err, "the address is not one of 32 bits");
    attach_add(labels, (u32)address, size ? (u32)(address + size) : 0, ATTACH_UNKNOWN, w->text[1], w->size[1]);
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* The first line that has something to say decides. */
static bool is_nm(const char *text)
{
    struct nm_line line;
    for (; *text; text = next_line(text)) {
        struct words words = split(text);
        if (words.count && !(read_nm_line(&words, &line) && line.letter == 'U' && !line.address))
            return read_nm_line(&words, &line);
    }
    return false;
}

static bool read_lines(struct attach_labels *labels, const char *path, const char *text, struct err *err)
{
    bool nm = is_nm(text);
    struct err why;
    labels->kind = nm ? "nm" : "labels";
    labels->last_wins = !nm;
    for (u32 number = 1; *text; text = next_line(text), number++) {
        struct words words = split(text);
        if (words.count && !(nm ? add_nm : add_label)(labels, &words, &why))
            return err_set(err, "%s: line %u: %s", path, number, why.text);
    }
    return true;
}

bool attach_read(struct attach_labels *labels, const char *path, struct err *err)
{
    char *text;
    size_t size;
    *labels = (struct attach_labels){0};
    if (!attach_load(path, &text, &size, err))
        return false;
    bool ok = true;
    if (size >= 4 && !memcmp(text, "\177ELF", 4))
        ok = err_set(err, "%s is an ELF file: attach the output of `nm -S` of it", path);
    else if (memchr(text, 0, size))
        ok = err_set(err, "%s is neither a title's database nor a map nor a list of labels: it is no text", path);
    else if (strstr(text, "Publics by Value"))
        attach_read_vendor(labels, text);
    else if (strstr(text, "Linker script and memory map"))
        attach_read_gnu(labels, text);
    else
        ok = read_lines(labels, path, text, err);
    free(text);
    if (ok && !labels->count)
        return err_set(err, "%s names nothing", path);
    return ok;
}
