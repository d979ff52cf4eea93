/* SPDX-License-Identifier: BSD-3-Clause
 * Kernel exports: the rows of the three tables and the reader of their signatures. All of it is constant after the
 * constructor has run; nothing here changes later. */
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

enum { ORDINALS_MAX = 0xC00 };

/* clang-format off */
#define EXPORT(ordinal, name_, class_, signature_, state_, refusal_)                              \
    {.name = #name_, .signature = signature_, .op = ROW_MODULE << 16 | (ordinal), .module = ROW_MODULE, \
     .class = EXPORT_##class_, .state = EXPORT_IS_##state_, .refusal = (refusal_)},
#define VARIABLE(ordinal, name_, size_, state_)                                                   \
    {.name = #name_, .signature = "", .op = ROW_MODULE << 16 | (ordinal), .module = ROW_MODULE,   \
     .is_variable = true, .size = (size_), .state = EXPORT_IS_##state_},

static struct export rows[] = {
#define ROW_MODULE MODULE_XBOXKRNL
#include "schema/xboxkrnl.def"
#undef ROW_MODULE
#define ROW_MODULE MODULE_XAM
#include "schema/xam.def"
#undef ROW_MODULE
#define ROW_MODULE MODULE_XBDM
#include "schema/xbdm.def"
#undef ROW_MODULE
};
#undef EXPORT
#undef VARIABLE

static const struct {
    const char *name;
    u32 size;
} types[] = {
    [ARG_VOID]    = {"void",    0}, [ARG_U8]      = {"u8",      1}, [ARG_U16]     = {"u16",     2},
    [ARG_U32]     = {"u32",     4}, [ARG_S32]     = {"s32",     4}, [ARG_U64]     = {"u64",     8},
    [ARG_S64]     = {"s64",     8}, [ARG_BOOL]    = {"bool",    4}, [ARG_DOUBLE]  = {"double",  8},
    [ARG_PTR]     = {"ptr",     4}, [ARG_HANDLE]  = {"handle",  4}, [ARG_STATUS]  = {"status",  4},
    [ARG_STR]     = {"str",     0}, [ARG_WSTR]    = {"wstr",    0}, [ARG_USTRING] = {"ustring", 8},
    [ARG_UNICODE] = {"unicode", 8}, [ARG_OBJATTR] = {"objattr", 12}, [ARG_IOSB]   = {"iosb",    8},
    [ARG_TAG]     = {"tag",     4}, [ARG_BUF]     = {"buf",     0}, [ARG_VARARGS] = {"...",     0},
};
/* clang-format on */

static u16 by_ordinal[MODULES][ORDINALS_MAX]; /* index in rows + 1 */
static u16 by_name[countof(rows)];            /* rows in order of name, then op */
/* Those of all rows without gaps: the rows stay small, and so does what a start has to touch. */
static struct argument row_arguments[countof(rows) * EXPORT_ARGUMENTS_MAX];

static const char *const modules[MODULES] = {
    [MODULE_XBOXKRNL] = "xboxkrnl.exe", [MODULE_XAM] = "xam.xex", [MODULE_XBDM] = "xbdm.xex"};

/* --- the reader of signatures --- */

struct reader {
    const char *at;
    const char *signature;
    struct argument *arguments; /* of the export, which sees them as constant */
    struct err *err;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool reader_fail(const struct reader *r, const char *what)
{
    return err_set(r->err, "signature \"%s\": %s at character %d", r->signature, what, (int)(r->at - r->signature));
}

static void skip_space(struct reader *r)
{
    while (*r->at == ' ')
        r->at++;
}

static bool accept(struct reader *r, char c)
{
    skip_space(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

/* Takes the next word; false: there is none, or it is longer than the capacity. */
static bool take_word(struct reader *r, char *word, size_t capacity)
{
    skip_space(r);
    size_t n = 0;
    while (is_word(r->at[n]))
        n++;
    if (!n || n >= capacity)
        return false;
    memcpy(word, r->at, n);
    word[n] = 0;
    r->at += n;
    return true;
}

static bool take_number(struct reader *r, u16 *number)
{
    skip_space(r);
    if (*r->at < '0' || *r->at > '9')
        return false;
    u32 n = 0;
    while (*r->at >= '0' && *r->at <= '9' && n < 0x10000)
        n = n * 10 + (u32)(*r->at++ - '0');
    *number = (u16)n;
    return n && n < 0x10000;
}

static bool find_type(const char *word, u8 *type)
{
    for (u32 i = 0; i < countof(types); i++) {
        if (!strcmp(types[i].name, word)) {
            *type = (u8)i;
            return true;
        }
    }
    return false;
}

/* A direction word if there is one, then the type. */
static bool take_type(struct reader *r, struct argument *a)
{
    static const char *const directions[] = {[ARG_IN] = "in", [ARG_OUT] = "out", [ARG_INOUT] = "inout"};
    char word[24];
    if (!take_word(r, word, sizeof word))
        return reader_fail(r, "no type");
    for (u8 d = ARG_IN; d <= ARG_INOUT; d++) {
        if (strcmp(directions[d], word))
            continue;
        a->direction = d;
        a->optional = accept(r, '?');
        if (!take_word(r, word, sizeof word))
            return reader_fail(r, "no type after the direction");
        break;
    }
    if (!find_type(word, &a->type) || a->type == ARG_VOID)
        return reader_fail(r, "no such type");
    if (a->type == ARG_STR || a->type == ARG_WSTR)
        return a->direction == ARG_VALUE || a->direction == ARG_IN || reader_fail(r, "str cannot be written");
    return true;
}

/* The brackets of buf: [length], [count*4] or [16]. The argument that is named may come later. */
static bool take_length(struct reader *r, struct argument *a, char *length, size_t capacity)
{
    a->length = -1;
    a->unit = 1;
    length[0] = 0;
    if (a->direction == ARG_VALUE)
        return reader_fail(r, "buf needs a direction");
    if (!accept(r, '['))
        return reader_fail(r, "buf needs [length]");
    if (!take_number(r, &a->unit)) {
        if (!take_word(r, length, capacity))
            return reader_fail(r, "no length in brackets");
        if (accept(r, '*') && !take_number(r, &a->unit))
            return reader_fail(r, "no number after *");
    }
    return accept(r, ']') || reader_fail(r, "no ] after the length");
}

static bool take_argument(struct reader *r, struct export *e, char lengths[][24])
{
    if (e->count == EXPORT_ARGUMENTS_MAX)
        return reader_fail(r, "too many arguments");
    struct argument *a = &r->arguments[e->count];
    *a = (struct argument){.length = -1};
    lengths[e->count][0] = 0;
    skip_space(r);
    if (!strncmp(r->at, "...", 3)) {
        r->at += 3;
        a->type = ARG_VARARGS;
        memcpy(a->name, "...", 4);
        e->count++;
        return *r->at == ')' || reader_fail(r, "... is not last");
    }
    if (!take_type(r, a))
        return false;
    if (a->type == ARG_BUF && !take_length(r, a, lengths[e->count], sizeof lengths[0]))
        return false;
    if (!take_word(r, a->name, sizeof a->name))
        return reader_fail(r, "no name, or a long one,");
    for (u32 i = 0; i < e->count; i++) {
        if (!strcmp(e->arguments[i].name, a->name))
            return reader_fail(r, "the same name twice");
    }
    e->count++;
    return true;
}

static bool resolve_lengths(const struct reader *r, struct export *e, char lengths[][24])
{
    for (u32 i = 0; i < e->count; i++) {
        struct argument *a = &r->arguments[i];
        if (a->type != ARG_BUF || !lengths[i][0])
            continue;
        for (u32 j = 0; j < e->count; j++) {
            if (!strcmp(e->arguments[j].name, lengths[i]))
                a->length = (s8)j;
        }
        if (a->length < 0 || !argument_type_size(e->arguments[a->length].type))
            return reader_fail(r, "a length is no argument with a number");
    }
    return true;
}

bool export_parse(struct export *e, struct argument *arguments, const char *signature, struct err *err)
{
    struct reader r = {.at = signature, .signature = signature, .arguments = arguments, .err = err};
    char lengths[EXPORT_ARGUMENTS_MAX][24];
    char word[24];
    e->has_signature = false;
    e->count = 0;
    e->arguments = arguments;
    e->result = ARG_VOID;
    if (!*signature)
        return true;
    if (!take_word(&r, word, sizeof word) || !find_type(word, &e->result))
        return reader_fail(&r, "no type for the result");
    if (!accept(&r, '('))
        return reader_fail(&r, "no (");
    if (!accept(&r, ')')) {
        do {
            if (!take_argument(&r, e, lengths))
                return false;
        } while (accept(&r, ','));
        if (!accept(&r, ')'))
            return reader_fail(&r, "no )");
    }
    if (*r.at)
        return reader_fail(&r, "something behind the )");
    e->has_signature = resolve_lengths(&r, e, lengths);
    return e->has_signature;
}

/* --- the table --- */

static int compare_names(const void *a, const void *b)
{
    const struct export *x = &rows[*(const u16 *)a], *y = &rows[*(const u16 *)b];
    int order = strcmp(x->name, y->name);
    return order ? order : (x->op > y->op) - (x->op < y->op);
}

/* Before main, so that readers on several host threads need no lock. A bad signature stays unread; export_check names
 * it. */
__attribute__((constructor)) static void export_init(void)
{
    struct argument *next = row_arguments;
    for (u32 i = 0; i < countof(rows); i++) {
        if (!export_parse(&rows[i], next, rows[i].signature, NULL))
            rows[i].count = 0;
        next += rows[i].count;
        by_ordinal[rows[i].module][rows[i].op & 0xFFFF] = (u16)(i + 1);
        by_name[i] = (u16)i;
    }
    qsort(by_name, countof(by_name), sizeof by_name[0], compare_names);
}

#define EXPORT(ordinal, ...)   _Static_assert((ordinal) < ORDINALS_MAX, "ordinal beyond by_ordinal");
#define VARIABLE(ordinal, ...) _Static_assert((ordinal) < ORDINALS_MAX, "ordinal beyond by_ordinal");
#include "schema/xam.def"
#include "schema/xbdm.def"
#include "schema/xboxkrnl.def"
#undef EXPORT
#undef VARIABLE

const char *module_name(enum module module)
{
    return module < MODULES ? modules[module] : NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

enum module module_by_name(const char *name)
{
    for (u32 m = MODULE_NONE + 1; m < MODULES; m++) {
        size_t i = 0;
        while (name[i] && lower(name[i]) == modules[m][i])
            i++;
        if (!name[i] && !modules[m][i])
            return (enum module)m;
    }
    return MODULE_NONE;
}

const struct export *export_find(u32 op)
{
    u32 module = op >> 16, ordinal = op & 0xFFFF;
    if (module >= MODULES || ordinal >= ORDINALS_MAX || !by_ordinal[module][ordinal])
        return NULL;
    return &rows[by_ordinal[module][ordinal] - 1];
}

const struct export *export_by_name(const char *name)
{
    size_t low = 0, high = countof(by_name);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(rows[by_name[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == countof(by_name) || strcmp(rows[by_name[low]].name, name))
        return NULL;
    return &rows[by_name[low]];
}

const char *export_op_name(u32 op, char *buffer, size_t capacity)
{
    const struct export *e = export_find(op);
    if (e)
        return e->name;
    const char *module = module_name((enum module)(op >> 16));
    if (module)
        snprintf(buffer, capacity, "%s#%u", module, op & 0xFFFF);
    else
        snprintf(buffer, capacity, "op#%u", op);
    return buffer;
}

size_t export_count(void)
{
    return countof(rows);
}

const struct export *export_at(size_t index)
{
    CHECK(index < countof(rows), "export %zu", index);
    return &rows[index];
}

const char *export_class_name(u8 class)
{
    static const char *const names[] = {"PURE", "SCHED", "GATE", "EFFECT"};
    return class < countof(names) ? names[class] : "?";
}

const char *export_state_name(u8 state)
{
    static const char *const names[] = {"NONE", "STUB", "DONE"};
    return state < countof(names) ? names[state] : "?";
}

const char *argument_type_name(u8 type)
{
    return type < countof(types) ? types[type].name : "?";
}
u32 argument_type_size(u8 type)
{
    return type < countof(types) ? types[type].size : 0;
}

bool argument_is_pointer(const struct argument *a)
{
    switch (a->type) {
    case ARG_PTR:
    case ARG_STR:
    case ARG_WSTR:
    case ARG_USTRING:
    case ARG_UNICODE:
    case ARG_OBJATTR:
    case ARG_IOSB:
    case ARG_BUF:
        return true;
    default:
        return a->direction != ARG_VALUE;
    }
}

bool export_check(struct err *err)
{
    for (u32 i = 0; i < countof(rows); i++) {
        struct export e = rows[i];
        struct argument arguments[EXPORT_ARGUMENTS_MAX];
        struct err why;
        if (!export_parse(&e, arguments, rows[i].signature, &why))
            return err_set(err, "%s %s: %s", module_name(e.module), e.name, why.text);
        if (i && rows[i].op <= rows[i - 1].op)
            return err_set(err, "%s %s: ordinal 0x%X is not above the one before", module_name(e.module), e.name,
                           e.op & 0xFFFF);
        if (e.state != EXPORT_IS_NONE && !e.is_variable && !e.has_signature)
            return err_set(err, "%s %s: has a body but no signature", module_name(e.module), e.name);
    }
    return true;
}
