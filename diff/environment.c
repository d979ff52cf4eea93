/* SPDX-License-Identifier: BSD-3-Clause
 * Comparing environments (diff/environment.h). */
#include "diff/environment.h"
#include "diff/files.h"
#include "schema/input.h"
#include "schema/status.h"

#include <stdio.h>
#include <stdlib.h>

/* One fact of a run's environment. */
struct fact {
    char *key, *value;
    bool has_place;
    u32 place;
    u64 position;
};

struct facts {
    struct run *run;
    struct fact *list; /* by key */
    u32 count;
    bool has_inputs;
};

static char *copy(const char *text, size_t size)
{
    char *out = malloc(size + 1);
    CHECK(out, "out of memory");
    memcpy(out, text, size);
    out[size] = 0;
    return out;
}

static struct fact *add(struct facts *f, const char *key, const char *value)
{
    if (!(f->count & (f->count - 1))) {
        f->list = realloc(f->list, (f->count ? f->count * 2 : 1) * sizeof *f->list);
        CHECK(f->list, "out of memory");
    }
    f->list[f->count] = (struct fact){.key = copy(key, strlen(key)), .value = copy(value, strlen(value))};
    return &f->list[f->count++];
}

/* ---- What the journal says of its making. ---- */

/* What only tells how a run went, or where files lie, is no setting. */
static bool is_setting(const char *key)
{
    static const char *const others[] = {"end.",  "journal.", "source.", "op.",       "schema",
                                         "wedge", "coverage", "command", "title.path"};
    for (size_t i = 0; i < countof(others); i++)
        if (!strncmp(key, others[i], strlen(others[i])))
            return false;
    return true;
}

static void read_meta(struct facts *f)
{
    const struct journal_reader *r = run_journal(f->run);
    const char *key, *value;
    for (size_t i = 0; i < journal_meta_count(r); i++) {
        journal_meta_at(r, i, &key, &value);
        if (is_setting(key))
            add(f, key, value);
    }
}

/* ---- Inputs. ---- */

enum { PARTITIONS = 16 };

/* The lists of the partitions, until the bytes of their files come. */
struct lists {
    char *text[PARTITIONS];
    u32 first[PARTITIONS]; /* the fact of the list's first line; UINT32_MAX: it has no fact */
};

static void read_list(struct facts *f, struct lists *lists, const struct journal_input_record *record)
{
    char key[600], value[64];
    if (record->key >= PARTITIONS || lists->text[record->key] || !record->data)
        return;
    lists->text[record->key] = copy((const char *)record->data, record->size);
    lists->first[record->key] = f->count;
    for (const char *line = lists->text[record->key]; *line;) {
        size_t length = strcspn(line, "\n");
        int skip = 0;
        unsigned long long size = 0;
        bool is_file = sscanf(line, "f %llu %*u %n", &size, &skip) >= 1 && skip;
        const char *path = line + (is_file ? skip : 2);
        snprintf(key, sizeof key, "partition.%u \\%.*s", (u32)record->key, (int)(length - (size_t)(path - line)), path);
        snprintf(value, sizeof value, is_file ? "%llu bytes" : "a folder", size);
        add(f, key, value);
        line += length + (line[length] == '\n');
    }
}

/* Adds the hash of the bytes to what the list says. */
static void read_file(struct facts *f, const struct lists *lists, const struct journal_input_record *record)
{
    u64 partition = record->key >> 32, line = record->key & UINT32_MAX;
    char value[96];
    if (partition >= PARTITIONS || !lists->text[partition] || lists->first[partition] + line >= f->count)
        return;
    struct fact *fact = &f->list[lists->first[partition] + line];
    snprintf(value, sizeof value, "%s, hash 0x%016llX", fact->value, (unsigned long long)record->hash);
    free(fact->value);
    fact->value = copy(value, strlen(value));
}

static u64 number_of(const struct journal_input_record *record)
{
    u64 value = 0;
    for (size_t i = 0; record->data && i < record->size && i < 8; i++)
        value |= (u64)record->data[i] << 8 * i;
    return value;
}

static void read_other(struct facts *f, const struct journal_input_record *record)
{
    const struct input_type *type = input_type(record->kind);
    char key[64], value[64];
    if (!type || record->kind == INPUT_disc_read || type->kept == INPUT_CHANGE || record->kind == INPUT_pad)
        return;
    if (record->kind == INPUT_disc_list || record->kind == INPUT_setting)
        snprintf(key, sizeof key, "input.%s.%llu", type->name, (unsigned long long)record->key);
    else
        snprintf(key, sizeof key, "input.%s", type->name);
    if (record->size <= 8)
        snprintf(value, sizeof value, "%llu", (unsigned long long)number_of(record));
    else
        snprintf(value, sizeof value, "%zu bytes, hash 0x%016llX", record->size, (unsigned long long)record->hash);
    for (u32 i = 0; i < f->count; i++)
        if (!strcmp(f->list[i].key, key))
            return; /* asked again */
    add(f, key, value);
}

/* What pads said, and what a user changed: too much to list, so its number and a hash over it. */
static void add_sum(struct facts *f, const char *key, u64 count, u64 hash)
{
    char value[64];
    snprintf(value, sizeof value, "%llu, hash 0x%016llX", (unsigned long long)count, (unsigned long long)hash);
    if (count)
        add(f, key, value);
}

static void read_inputs(struct facts *f)
{
    struct journal_input_record record;
    struct lists lists = {{0}, {0}};
    struct err err;
    u64 count[2] = {0}, hash[2] = {0};                               /* pads, changes */
    struct journal_reader *r = journal_open(run_path(f->run), &err); /* its own place among the inputs */
    while (r && journal_next_input(r, &record, &err) > 0) {
        const struct input_type *type = input_type(record.kind);
        bool is_change = type && type->kept == INPUT_CHANGE;
        f->has_inputs = true;
        if (record.kind == INPUT_partition_list)
            read_list(f, &lists, &record);
        else if (record.kind == INPUT_partition_file)
            read_file(f, &lists, &record);
        else
            read_other(f, &record);
        if (is_change || record.kind == INPUT_pad) {
            count[is_change]++;
            hash[is_change] = (hash[is_change] ^ record.hash ^ record.key) * 0x9E3779B97F4A7C15u + record.tick;
        }
    }
    journal_close(r);
    add_sum(f, "input.pad", count[0], hash[0]);
    add_sum(f, "input.changes", count[1], hash[1]);
    for (u32 i = 0; i < PARTITIONS; i++)
        free(lists.text[i]);
}

/* ---- Files, by their first use. ---- */

static void read_files(struct facts *f)
{
    struct objects objects = {0};
    struct files files = {0};
    struct err err;
    bool ok = objects_make(&objects, f->run, &err) && files_make(&files, f->run, &objects, &err);
    for (u32 i = 0; ok && i < files.count; i++) {
        const struct file_use *use = &files.uses[files.rows[i].first_use];
        char key[600], value[96];
        size_t size;
        const char *path = journal_string(run_journal(f->run), files.rows[i].path, &size);
        if (!use->has_status || (use->act != FILE_OPEN && use->act != FILE_QUERY))
            continue;
        const char *name = status_name(use->status);
        snprintf(key, sizeof key, "file %.*s", (int)(size < 500 ? size : 500), path);
        if (!name)
            snprintf(value, sizeof value, "status 0x%08X", use->status);
        else if (use->has_length && !(use->status >> 31))
            snprintf(value, sizeof value, "%s, %llu bytes", name, (unsigned long long)use->length);
        else
            snprintf(value, sizeof value, "%s", name);
        struct fact *fact = add(f, key, value);
        fact->has_place = true;
        fact->place = use->place;
        fact->position = use->position;
    }
    files_free(&files);
    objects_free(&objects);
}

/* ---- Comparing. ---- */

static int by_key(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : strcmp(x->value, y->value);
}

/* A run whose inputs are told has no files but those; what its logs' first uses say is told where it is used alone. */
static bool says_absent(const struct facts *f, const char *key)
{
    return f->has_inputs && (!strncmp(key, "partition.", 10) || !strncmp(key, "input.", 6));
}

static void add_row(struct environment *e, const struct facts facts[2], const struct fact *sides[2])
{
    const char *key = sides[sides[0] ? 0 : 1]->key;
    struct environment_row row = {.key = copy(key, strlen(key))};
    if ((!sides[0] || !sides[1]) && !strncmp(key, "file ", 5)) {
        free(row.key);
        return; /* what only one run looked at is no fact of the other's environment */
    }
    for (u32 side = 0; side < 2; side++) {
        const struct fact *fact = sides[side];
        const char *value = fact ? fact->value : says_absent(&facts[side], key) ? "absent" : NULL;
        row.value[side] = value ? copy(value, strlen(value)) : NULL;
        row.has_place[side] = fact && fact->has_place;
        row.place[side] = fact ? fact->place : 0;
        row.position[side] = fact ? fact->position : 0;
    }
    if (!(e->count & (e->count - 1))) {
        e->rows = realloc(e->rows, (e->count ? e->count * 2 : 1) * sizeof *e->rows);
        CHECK(e->rows, "out of memory");
    }
    e->rows[e->count++] = row;
}

static void forget(struct facts *f)
{
    for (u32 i = 0; i < f->count; i++) {
        free(f->list[i].key);
        free(f->list[i].value);
    }
    free(f->list);
}

void environment_compare(struct environment *e, struct run *a, struct run *b)
{
    struct facts facts[2] = {{.run = a}, {.run = b}};
    *e = (struct environment){0};
    for (u32 side = 0; side < 2; side++) {
        read_meta(&facts[side]);
        read_inputs(&facts[side]);
    }
    for (u32 side = 0; side < 2; side++) {
        if (!facts[0].has_inputs || !facts[1].has_inputs)
            read_files(&facts[side]);
        if (facts[side].count)
            qsort(facts[side].list, facts[side].count, sizeof *facts[side].list, by_key);
    }
    for (u32 i = 0, k = 0; i < facts[0].count || k < facts[1].count;) {
        const struct fact *x = i < facts[0].count ? &facts[0].list[i] : NULL;
        const struct fact *y = k < facts[1].count ? &facts[1].list[k] : NULL;
        int order = !x ? 1 : !y ? -1 : strcmp(x->key, y->key);
        const struct fact *sides[2] = {order <= 0 ? x : NULL, order >= 0 ? y : NULL};
        i += order <= 0;
        k += order >= 0;
        if (sides[0] && sides[1] && !strcmp(x->value, y->value))
            e->equal++;
        else
            add_row(e, facts, sides);
    }
    forget(&facts[0]);
    forget(&facts[1]);
}

void environment_free(struct environment *e)
{
    for (u32 i = 0; i < e->count; i++) {
        free(e->rows[i].key);
        free(e->rows[i].value[0]);
        free(e->rows[i].value[1]);
    }
    free(e->rows);
    *e = (struct environment){0};
}
