/* SPDX-License-Identifier: BSD-3-Clause
 * Reads rules, a statement a line (diff/import_rules.h). */
#include "cli/cli.h"
#include "diff/import_rules_store.h"
#include "diff/ops.h"

#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

enum { WORDS_MAX = 600 };

struct statement {
    const char *file;
    u32 line;
    u32 count;
    char *words[WORDS_MAX];
};

static bool bad(const struct statement *s, struct err *err, const char *what, const char *word)
{
    return err_set(err, "%s: line %u: %s \"%s\"", s->file, s->line, what, word);
}

/* "payload.handles[]" and the like; the empty path is the line itself. */
static u64 path_of(const char *text)
{
    u64 path = 0;
    while (*text) {
        size_t size = strcspn(text, ".");
        bool is_list = size > 2 && text[size - 2] == '[' && text[size - 1] == ']';
        path = import_path(path, text, is_list ? size - 2 : size);
        if (is_list)
            path = import_path(path, "[]", 2);
        text += size + (text[size] == '.');
    }
    return path;
}

static bool kind_of(const struct statement *s, const char *word, bool all_allowed, u8 *kind, struct err *err)
{
    const struct event_type *type = event_type_by_name(word);
    bool is_all = all_allowed && !strcmp(word, "*");
    if (!type && !is_all)
        return bad(s, err, "no kind of event is called", word);
    *kind = is_all ? 0 : (u8)type->kind;
    return true;
}

/* The place of a field in its event; a name that ends in * is the first of several. */
static bool field_of(u8 kind, const char *name, u8 *value, bool *is_list)
{
    const struct event_type *type = event_type(kind);
    size_t size = strlen(name);
    *is_list = size && name[size - 1] == '*';
    for (u32 i = 0; type && i < type->field_count; i++) {
        const char *field = type->fields[i].name;
        bool same = *is_list ? !strncmp(field, name, size - 1) && !strcmp(field + size - 1, "0") : !strcmp(field, name);
        if (same) {
            *value = (u8)i;
            return true;
        }
    }
    return false;
}

static u8 role_by_name(const char *word)
{
    static const char *const names[] = {
        [ROLE_SKIP] = "skip",       [ROLE_KIND] = "kind",         [ROLE_THREAD] = "thread",
        [ROLE_INDEX] = "index",     [ROLE_TIME] = "time",         [ROLE_OP] = "op",
        [ROLE_LR] = "lr",           [ROLE_MODULE] = "module",     [ROLE_PROBE] = "probe",
        [ROLE_ORDINAL] = "ordinal", [ROLE_ENGINE] = "engine",     [ROLE_VALUE] = NULL,
        [ROLE_NONE] = NULL,         [ROLE_ARGUMENT] = "argument",
    };
    for (u8 i = 0; i < countof(names); i++)
        if (names[i] && !strcmp(names[i], word))
            return i;
    return ROLE_NONE;
}

static bool transform_of(const struct statement *s, const char *word, u8 *transform, struct err *err)
{
    static const char *const names[] = {
        [IMPORT_AS_IS] = "as-is", [IMPORT_LOW32] = "low32", [IMPORT_DEADLINE] = "deadline"};
    for (u8 i = 0; i < countof(names); i++)
        if (!strcmp(names[i], word)) {
            *transform = i;
            return true;
        }
    return bad(s, err, "a value is taken as-is, low32 or deadline, not", word);
}

static bool read_value(struct import_rules *rules, const struct statement *s, struct err *err)
{
    struct import_use use = {0};
    u8 kind;
    if (!kind_of(s, s->words[1], true, &kind, err))
        return false;
    use.role = role_by_name(s->words[3]);
    if (!use.role) {
        use.role = ROLE_VALUE;
        if (!field_of(kind, s->words[3], &use.value, &use.is_list))
            return bad(s, err, "neither a role nor a field of this kind:", s->words[3]);
        use.transform = event_type(kind)->fields[use.value].meaning == MEANING_STATUS ? IMPORT_LOW32 : IMPORT_AS_IS;
    }
    if (s->count > 4 && !transform_of(s, s->words[4], &use.transform, err))
        return false;
    struct import_path_rules *path = rules_path_add(rules, path_of(s->words[2]));
    path->use[kind] = use;
    path->names |= use.role >= ROLE_OP && use.role <= ROLE_ENGINE;
    return true;
}

static bool read_word(struct import_rules *rules, const struct statement *s, struct err *err)
{
    struct import_word meaning = {0};
    char field[32];
    bool is_list;
    if (!kind_of(s, s->words[1], true, &meaning.kind, err))
        return false;
    if (!strcmp(s->words[4], "declared")) {
        meaning.declared = true;
    } else if (!cli_read_setting(s->words[4], field, sizeof field, &meaning.number) ||
               !field_of(meaning.kind, field, &meaning.value, &is_list)) {
        return bad(s, err, "a word means `declared` or FIELD=NUMBER with a field of its kind, not", s->words[4]);
    }
    rules_word_add(rules, path_of(s->words[2]), s->words[3], meaning);
    return true;
}

static bool read_event(struct import_rules *rules, const struct statement *s, struct err *err)
{
    u8 kind;
    if (!kind_of(s, s->words[2], false, &kind, err))
        return false;
    import_table_set(&rules->events, import_path(0, s->words[1], strlen(s->words[1])), kind);
    return true;
}

static bool read_object(struct import_rules *rules, const struct statement *s, struct err *err)
{
    for (u32 type = OBJECT_EVENT; type <= OBJECT_OTHER; type++)
        if (!strcmp(object_type_name(type), s->words[2])) {
            import_table_set(&rules->objects, import_path(0, s->words[1], strlen(s->words[1])), type);
            return true;
        }
    return bad(s, err, "no type of object is called", s->words[2]);
}

static bool read_op(struct import_rules *rules, const struct statement *s, struct err *err)
{
    u32 op = ops_by_name(s->words[2]);
    if (op_is_foreign(op))
        return bad(s, err, "no kernel export is called", s->words[2]);
    import_table_set(&rules->spellings, import_path(0, s->words[1], strlen(s->words[1])), op);
    return true;
}

static bool read_probe(struct import_rules *rules, const struct statement *s, struct err *err)
{
    u64 pc;
    if (!cli_read_u64(s->words[1], &pc) || pc > UINT32_MAX)
        return bad(s, err, "a probe's address is a number below 2^32, not", s->words[1]);
    import_table_set(&rules->probes, pc, import_op(rules, s->words[2], strlen(s->words[2])));
    return true;
}

static bool read_clock(struct import_rules *rules, const struct statement *s, struct err *err)
{
    struct import_clock *clock = &rules->clock;
    if (strlen(s->words[1]) >= sizeof clock->name)
        return bad(s, err, "a clock's name has at most 15 letters:", s->words[1]);
    if (!cli_read_u64(s->words[2], &clock->hz))
        return bad(s, err, "a clock has a number of units a second, not", s->words[2]);
    clock->quantum = 1;
    if (s->count > 3 && (!cli_read_u64(s->words[3], &clock->quantum) || !clock->quantum))
        return bad(s, err, "a clock's quantum is a number from 1 on, not", s->words[3]);
    strcpy(clock->name, s->words[1]);
    return true;
}

static bool read_coverage(struct import_rules *rules, const struct statement *s, struct err *err)
{
    static const char unless[] = "all-but";
    bool is_ops = !strcmp(s->words[1], "ops"), is_unless = is_ops && !strcmp(s->words[2], "unless-unseen");
    size_t size = sizeof unless;
    for (u32 n = 2; n < s->count; n++)
        size += strlen(s->words[n]) + 1;
    char *words = calloc(1, size), *at = words;
    CHECK(words, "out of memory");
    for (u32 n = 2; n < s->count; n++)
        at += sprintf(at, "%s%s", n > 2 ? " " : "", is_unless && n == 2 ? unless : s->words[n]);
    bool is_seen = is_ops && !strcmp(words, "seen");
    if (is_ops)
        rules->captures = is_seen ? CAPTURES_SEEN : is_unless ? CAPTURES_UNLESS_UNSEEN : CAPTURES_AS_SAID;
    bool ok = is_seen || coverage_set(rules->coverage, s->words[1], words);
    free(words);
    return ok || bad(s, err, "no coverage is told like that:", s->words[1]);
}

static const struct {
    const char *word;
    u32 least, most;
    bool (*read)(struct import_rules *rules, const struct statement *s, struct err *err);
} statements[] = {
    {"event", 3, 3, read_event}, {"value", 4, 5, read_value},
    {"word", 5, 5, read_word},   {"object", 3, 3, read_object},
    {"op", 3, 3, read_op},       {"probe", 3, 3, read_probe},
    {"clock", 3, 4, read_clock}, {"coverage", 3, WORDS_MAX, read_coverage},
};

static bool read_statement(struct import_rules *rules, const struct statement *s, struct err *err)
{
    for (size_t i = 0; i < countof(statements); i++) {
        if (strcmp(statements[i].word, s->words[0]) != 0)
            continue;
        if (s->count < statements[i].least || s->count > statements[i].most)
            return bad(s, err, "too few or too many words after", s->words[0]);
        return statements[i].read(rules, s, err);
    }
    return bad(s, err, "no statement begins with", s->words[0]);
}

static bool split(struct statement *s, char *line, struct err *err)
{
    static const char blanks[] = " \t\r\v";
    s->count = 0;
    for (char *at = line + strspn(line, blanks); *at && *at != '#'; at += strspn(at, blanks)) {
        if (s->count == WORDS_MAX)
            return bad(s, err, "too many words after", s->words[0]);
        s->words[s->count++] = at;
        at += strcspn(at, blanks);
        if (*at)
            *at++ = 0;
    }
    return true;
}

/* A line that ends in a backslash goes on in the next one: their newline becomes a blank that can be counted. */
static void join_lines(char *text)
{
    for (char *at = text; (at = strstr(at, "\\\n"));) {
        *at++ = ' ';
        *at++ = '\v';
    }
}

bool import_rules_read(struct import_rules *rules, const char *name, const char *text, size_t size, struct err *err)
{
    struct statement s = {.file = name};
    rules->hash = XXH3_64bits_withSeed(text, size, rules->hash);
    char *copy = malloc(size + 1);
    CHECK(copy, "out of memory");
    memcpy(copy, text, size);
    copy[size] = 0;
    join_lines(copy);
    bool ok = true;
    for (char *line = copy, *next; ok && line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        s.line++;
        u32 joined = 0;
        for (const char *at = line; *at; at++)
            joined += *at == '\v';
        ok = split(&s, line, err) && (!s.count || read_statement(rules, &s, err));
        s.line += joined;
    }
    free(copy);
    return ok;
}

bool import_rules_load(struct import_rules *rules, const char *path, struct err *err)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file)
        return err_set(err, "rules %s: %s", path, strerror(errno));
    size_t size = fread(text, 1, sizeof text, file);
    bool whole = !ferror(file) && size < sizeof text;
    fclose(file);
    if (!whole)
        return err_set(err, "rules %s: cannot be read, or longer than 1 MiB", path);
    return import_rules_read(rules, path, text, size, err);
}
