/* SPDX-License-Identifier: BSD-3-Clause
 * Comparing environments (diff/environment.h). */
#include "diff/environment.h"
#include "diff/files.h"
#include "diff/listing.h"
#include "diff/map.h"
#include "schema/input.h"
#include "schema/status.h"

#include <stdio.h>
#include <stdlib.h>

/* One fact of a run's environment. */
struct fact {
    char *key, *value;
    bool of_both; /* it tells nothing unless both runs have it: what only one looked at is no fact of the other */
    u8 from;      /* enum environment_from */
    u64 input;
    u32 place;
    u64 position;
};

struct facts {
    struct run *run;
    struct fact *list; /* by key */
    u32 count;
    bool has_inputs;
    u64 input; /* seq of the one that is read */
    struct pad {
        u64 hash; /* of an answer, with the pad's number */
        u64 input;
    } * pads;
    u32 pad_count;
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
    f->list[f->count] = (struct fact){.key = copy(key, strlen(key)),
                                      .value = copy(value, strlen(value)),
                                      .from = ENVIRONMENT_INPUT,
                                      .input = f->input};
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
            add(f, key, value)->from = ENVIRONMENT_META;
    }
}

/* ---- Inputs. ---- */

enum { LISTS = 64 };

/* The lists of the partitions and of the disc and its mounts, until the bytes of their files come. */
struct lists {
    struct list {
        char *text;
        u32 first; /* the fact of the list's first entry */
    } partition[LISTS], disc[LISTS];
    struct map blocks; /* of a disc, that have their fact */
};

static void read_list(struct facts *f, struct list *lists, const struct journal_input_record *record)
{
    char key[600], value[64];
    bool is_disc = record->kind == INPUT_disc_list;
    struct listing listing;
    struct listing_entry entry;
    if (record->key >= LISTS || lists[record->key].text || !record->data)
        return;
    lists[record->key] = (struct list){copy((const char *)record->data, record->size), f->count};
    listing_begin(&listing, lists[record->key].text);
    while (listing_next(&listing, &entry)) {
        int size = (int)(entry.path_size < 500 ? entry.path_size : 500);
        if (*listing.mount)
            snprintf(key, sizeof key, "mount.%s \\%.*s", listing.mount, size, entry.path);
        else if (is_disc)
            snprintf(key, sizeof key, "disc \\%.*s", size, entry.path);
        else
            snprintf(key, sizeof key, "partition.%u \\%.*s", (u32)record->key, size, entry.path);
        snprintf(value, sizeof value, entry.is_folder ? "a folder" : "%llu bytes", (unsigned long long)entry.size);
        add(f, key, value);
    }
}

static struct fact *listed(struct facts *f, const struct list *lists, u64 list, u64 entry)
{
    bool is_there = list < LISTS && lists[list].text && lists[list].first + entry < f->count;
    return is_there ? &f->list[lists[list].first + entry] : NULL;
}

/* Adds the hash of the bytes to what the list says. */
static void read_file(struct facts *f, const struct lists *lists, const struct journal_input_record *record)
{
    struct fact *fact = listed(f, lists->partition, record->key >> 32, record->key & UINT32_MAX);
    char value[96];
    if (!fact)
        return;
    snprintf(value, sizeof value, "%s, hash 0x%016llX", fact->value, (unsigned long long)record->hash);
    free(fact->value);
    fact->value = copy(value, strlen(value));
    fact->input = f->input;
}

/* Of a disc's files the bytes are not in the journal, only a hash for each of the blocks that the run read. */
static void read_block(struct facts *f, struct lists *lists, const struct journal_input_record *record)
{
    enum { BLOCK = 65536 };
    const struct fact *file = listed(f, lists->disc, record->key >> 56, record->key >> 32 & 0xFFFFFF);
    u64 first = (record->key & UINT32_MAX) * BLOCK;
    char key[700], value[64];
    if (!file || map_get(&lists->blocks, record->key) != MAP_NONE)
        return;
    map_set(&lists->blocks, record->key, 0);
    snprintf(key, sizeof key, "%s bytes %llu to %llu", file->key, (unsigned long long)first,
             (unsigned long long)(first + BLOCK - 1));
    snprintf(value, sizeof value, "hash 0x%016llX", (unsigned long long)record->hash);
    add(f, key, value)->of_both = true;
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
    if (!type || type->kept == INPUT_CHANGE || record->kind == INPUT_pad)
        return;
    if (record->kind == INPUT_setting)
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

static void read_pad(struct facts *f, const struct journal_input_record *record)
{
    if (!(f->pad_count & (f->pad_count - 1))) {
        f->pads = realloc(f->pads, (f->pad_count ? f->pad_count * 2 : 1) * sizeof *f->pads);
        CHECK(f->pads, "out of memory");
    }
    f->pads[f->pad_count++] = (struct pad){record->hash ^ record->key * 0x9E3779B97F4A7C15u, f->input};
}

/* Where what the pads said first differs. How often they were asked is no fact: it only tells how far the run came. */
static void compare_pads(struct facts facts[2])
{
    u32 n = 0, count = facts[facts[1].pad_count < facts[0].pad_count].pad_count;
    char value[96];
    while (n < count && facts[0].pads[n].hash == facts[1].pads[n].hash)
        n++;
    for (u32 side = 0; side < 2 && count; side++) {
        if (n < count)
            snprintf(value, sizeof value, "answer %u of %u, hash 0x%016llX", n + 1, facts[side].pad_count,
                     (unsigned long long)facts[side].pads[n].hash);
        else
            snprintf(value, sizeof value, "alike in %u answers", count);
        add(&facts[side], "input.pad", value)->input = facts[side].pads[n < count ? n : 0].input;
    }
}

/* What a user changed: too much to list, so its number and a hash over it. */
static void add_changes(struct facts *f, u64 count, u64 hash, u64 first)
{
    char value[64];
    snprintf(value, sizeof value, "%llu, hash 0x%016llX", (unsigned long long)count, (unsigned long long)hash);
    if (count)
        add(f, "input.changes", value)->input = first;
}

static void read_inputs(struct facts *f)
{
    struct journal_input_record record;
    struct lists lists = {0};
    struct err err;
    u64 changes = 0, hash = 0, first = 0;
    struct journal_reader *r = journal_open(run_path(f->run), &err); /* its own place among the inputs */
    for (; r && journal_next_input(r, &record, &err) > 0; f->input++) {
        const struct input_type *type = input_type(record.kind);
        bool is_change = type && type->kept == INPUT_CHANGE;
        f->has_inputs = true;
        if (record.kind == INPUT_partition_list)
            read_list(f, lists.partition, &record);
        else if (record.kind == INPUT_disc_list)
            read_list(f, lists.disc, &record);
        else if (record.kind == INPUT_disc_read)
            read_block(f, &lists, &record);
        else if (record.kind == INPUT_partition_file)
            read_file(f, &lists, &record);
        else
            read_other(f, &record);
        if (record.kind == INPUT_pad) {
            read_pad(f, &record);
        } else if (is_change) {
            first = changes++ ? first : f->input;
            hash = (hash ^ record.hash ^ record.key) * 0x9E3779B97F4A7C15u + record.tick;
        }
    }
    journal_close(r);
    add_changes(f, changes, hash, first);
    map_free(&lists.blocks);
    for (u32 i = 0; i < LISTS; i++) {
        free(lists.partition[i].text);
        free(lists.disc[i].text);
    }
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
        fact->of_both = true;
        fact->from = ENVIRONMENT_EVENT;
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
    static const char *const told[] = {"partition.", "disc ", "mount.", "input."};
    bool is_told = false;
    for (u32 i = 0; i < countof(told); i++)
        is_told |= !strncmp(key, told[i], strlen(told[i]));
    return f->has_inputs && is_told;
}

static void add_row(struct environment *e, const struct facts facts[2], const struct fact *sides[2])
{
    const struct fact *one = sides[sides[0] ? 0 : 1];
    const char *key = one->key;
    if ((!sides[0] || !sides[1]) && one->of_both)
        return;
    struct environment_row row = {.key = copy(key, strlen(key))};
    for (u32 side = 0; side < 2; side++) {
        const struct fact *fact = sides[side];
        const char *value = fact ? fact->value : says_absent(&facts[side], key) ? "absent" : NULL;
        row.value[side] = value ? copy(value, strlen(value)) : NULL;
        row.from[side] = fact ? fact->from : ENVIRONMENT_NOWHERE;
        row.input[side] = fact ? fact->input : 0;
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
    free(f->pads);
}

void environment_compare(struct environment *e, struct run *a, struct run *b)
{
    struct facts facts[2] = {{.run = a}, {.run = b}};
    *e = (struct environment){0};
    for (u32 side = 0; side < 2; side++) {
        read_meta(&facts[side]);
        read_inputs(&facts[side]);
    }
    compare_pads(facts);
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

const char *environment_source(const struct environment_row *row, u32 side, char text[ENVIRONMENT_SOURCE])
{
    if (row->from[side] == ENVIRONMENT_META)
        snprintf(text, ENVIRONMENT_SOURCE, "meta %s", row->key);
    else if (row->from[side] == ENVIRONMENT_INPUT)
        snprintf(text, ENVIRONMENT_SOURCE, "inputs %llu", (unsigned long long)row->input[side]);
    else
        return NULL;
    return text;
}

bool environment_has_path(const struct environment *e, const char *path)
{
    for (u32 i = 0; i < e->count; i++) {
        const char *name = strncmp(e->rows[i].key, "partition.", 10) ? NULL : strchr(e->rows[i].key, '\\');
        const struct listing_entry entry = {.path = name ? name + 1 : "", .path_size = name ? strlen(name + 1) : 0};
        if (name && (listing_fits(&entry, path, LISTING_WHOLE) || listing_fits(&entry, path, LISTING_TAIL)))
            return true;
    }
    return false;
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
