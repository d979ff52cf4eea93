/* SPDX-License-Identifier: BSD-3-Clause
 * Reading the alphabet of a journal: foreign ops, templates, sites (replay/journal.h). */
#include "replay/journal_format.h"
#include "replay/journal_read.h"
#include "replay/template.h"
#include "schema/export.h"
#include "schema/noise.h"

#include <stdio.h>
#include <stdlib.h>

static u64 column_number(sqlite3_stmt *row, int place)
{
    return (u64)sqlite3_column_int64(row, place);
}

/* The bytes of column 1, whose hash by the id in column 0 stands in column 2. NULL: damaged, and noted. */
static const void *checked_bytes(struct journal_reader *r, sqlite3_stmt *row, const char *what, size_t *size)
{
    u32 id = (u32)column_number(row, 0);
    const void *bytes = sqlite3_column_blob(row, 1);
    *size = (size_t)sqlite3_column_bytes(row, 1);
    bytes = bytes ? bytes : ""; /* SQLite has none for an empty text */
    if (column_number(row, 2) == string_row_hash(id, bytes, *size))
        return bytes;
    reader_note(r, "%s %u is damaged: its hash is wrong", what, id);
    return NULL;
}

static void read_op_row(struct journal_reader *r, sqlite3_stmt *row)
{
    size_t size;
    const char *name = checked_bytes(r, row, "op", &size);
    if (!name)
        return;
    r->ops = realloc(r->ops, (r->op_count + 1) * sizeof *r->ops);
    char *copy = malloc(size + 1);
    CHECK(r->ops && copy, "out of memory");
    memcpy(copy, name, size);
    copy[size] = 0;
    r->ops[r->op_count++] = (struct journal_op){(u32)column_number(row, 0), copy};
}

static void read_template_row(struct journal_reader *r, sqlite3_stmt *row)
{
    size_t size;
    struct err err;
    u64 id = column_number(row, 0);
    if (id != r->template_count + 1u) {
        reader_note(r, "template %llu is out of place", (unsigned long long)id);
        return;
    }
    if (r->template_count % 256 == 0) {
        r->templates = realloc(r->templates, (r->template_count + 256) * sizeof *r->templates);
        CHECK(r->templates, "out of memory");
    }
    struct template *t = calloc(1, sizeof *t);
    CHECK(t, "out of memory");
    const void *bytes = checked_bytes(r, row, "template", &size);
    if (!bytes || !template_read(t, bytes, size, &err)) {
        if (bytes)
            reader_note(r, "template %llu is damaged: its bytes are wrong", (unsigned long long)id);
        free(t);
        t = NULL;
    }
    r->templates[r->template_count++] = t;
}

/* A site that cannot be told: blocks that use it are refused. */
static const struct journal_site unknown_site = {.fields = BLOCK_FIELDS_MAX + 1};

static bool site_is_sound(struct journal_reader *r, struct journal_site *site)
{
    if (site->kind >= EVENT_KINDS || site->count > EVENT_FIELDS_MAX || site->template > r->template_count)
        return false;
    site->fields = site->count;
    if (!site->template)
        return true;
    site->body = r->templates[site->template - 1];
    site->fields = site->body ? site->body->field_count : 0;
    return site->body != NULL;
}

static void read_site_row(struct journal_reader *r, sqlite3_stmt *row)
{
    u64 id = column_number(row, 0);
    struct journal_site site = {
        .kind = (u8)column_number(row, 1),
        .op = (u32)column_number(row, 2),
        .lr = (u32)column_number(row, 3),
        .count = (u8)column_number(row, 4),
        .missing = (u16)column_number(row, 5),
        .declared = column_number(row, 6) != 0,
        .template = (u32)column_number(row, 7),
    };
    if (id < r->site_count || id > r->site_count + (1u << 20)) {
        reader_note(r, "site %llu is out of place", (unsigned long long)id);
        return;
    }
    bool sound = column_number(row, 8) == site_row_hash((u32)id, &site) && site_is_sound(r, &site);
    if (!sound)
        reader_note(r, "site %llu is damaged", (unsigned long long)id);
    if (id > r->site_count)
        reader_note(r, "sites %u to %llu are missing", r->site_count, (unsigned long long)id - 1);
    while (r->site_count <= id) {
        if (r->site_count == r->site_capacity) {
            r->site_capacity = r->site_capacity ? r->site_capacity * 2 : 1024;
            r->sites = realloc(r->sites, r->site_capacity * sizeof *r->sites);
            CHECK(r->sites, "out of memory");
        }
        r->sites[r->site_count++] = unknown_site;
    }
    if (sound)
        r->sites[id] = site;
}

void reader_load_tables(struct journal_reader *r)
{
    reader_scan(r, "SELECT op, name, hash FROM ops WHERE op>?1 ORDER BY op", "ops", 0, read_op_row);
    reader_scan(r, "SELECT id, body, hash FROM templates WHERE id>?1 ORDER BY id", "templates", 0, read_template_row);
    reader_scan(r,
                "SELECT id, kind, op, lr, count, missing, declared, template, hash FROM sites WHERE id>?1 ORDER BY id",
                "sites", -1, read_site_row);
}

void reader_free_tables(struct journal_reader *r)
{
    for (u32 i = 0; i < r->op_count; i++)
        free(r->ops[i].name);
    for (u32 i = 0; i < r->template_count; i++) {
        if (r->templates[i])
            template_free(r->templates[i]);
        free(r->templates[i]);
    }
    free(r->ops);
    free(r->templates);
    free(r->sites);
}

u32 journal_site_count(const struct journal_reader *r)
{
    return r->site_count;
}

const struct journal_site *journal_site(const struct journal_reader *r, u32 id)
{
    CHECK(id < r->site_count, "site %u of %u", id, r->site_count);
    return &r->sites[id];
}

u64 journal_site_key(const struct journal_site *site)
{
    return (u64)site->lr << 32 | site->op;
}

bool journal_site_is_key(const struct journal_site *site, bool quiet)
{
    const struct event_type *type = event_type(site->kind);
    return type && type->class == EVENT_CLASS_KEY && !(quiet && (site->declared || noise_class(site->op)));
}

const char *journal_op_name(struct journal_reader *r, u32 op, char *buffer, size_t capacity)
{
    for (u32 i = 0; op_is_foreign(op) && i < r->op_count; i++)
        if (r->ops[i].op == op)
            return r->ops[i].name;
    if (!op_is_foreign(op))
        return export_op_name(op, buffer, capacity);
    snprintf(buffer, capacity, "op 0x%08X", op);
    return buffer;
}
