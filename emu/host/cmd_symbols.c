/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep symbols TITLE -o TITLE.db`: analyses a title's image and writes its static database. */
#include "emu/host/cmd.h"
#include "emu/host/scan_write.h"
#include "emu/host/session.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define PE_EXECUTABLE 0x20000000u
#define PE_WRITABLE   0x80000000u

static void add_sections(struct scan *scan, const struct xex_image *image)
{
    for (u32 i = 0; i < image->section_count; i++) {
        const struct xex_section *from = &image->sections[i];
        u32 start = from->address - scan->base;
        if (start >= scan->size || !from->size)
            continue;
        struct scan_section *s = SCAN_ADD(&scan->sections);
        memcpy(s->name, from->name, sizeof s->name);
        s->start = from->address;
        s->end = from->address + (from->size < scan->size - start ? from->size : scan->size - start);
        s->is_code = from->flags & PE_EXECUTABLE;
        s->is_writable = from->flags & PE_WRITABLE;
        if (!strcmp(s->name, ".pdata")) {
            scan->pdata = (s->start + 3) & ~3u;
            scan->pdata_size = s->end > scan->pdata ? s->end - scan->pdata : 0;
        }
    }
}

static bool add_imports(struct scan *scan, const struct xex *x, const struct xex_image *image, struct err *err)
{
    struct xex_record record;
    for (u32 l = 0; l < x->library_count; l++)
        for (u32 i = 0; i < x->libraries[l].record_count; i++) {
            if (!xex_record_at(x, image, &x->libraries[l], i, &record, err))
                return false;
            u32 op = export_op(module_by_name(x->libraries[l].name), record.ordinal);
            const struct export *export = export_find(op);
            u8 kind = record.kind == XEX_RECORD_THUNK ? SCAN_THUNK
                      : export && export->is_variable ? SCAN_VARIABLE
                                                      : SCAN_POINTER_SLOT;
            *SCAN_ADD(&scan->imports) = (struct scan_import){record.address, op, kind};
        }
    return true;
}

static u32 count_named(const struct scan *scan)
{
    u32 count = 0;
    for (u32 i = 0; i < scan->functions.count; i++)
        count += scan->functions.list[i].op || scan->functions.list[i].name[0];
    return count;
}

static void show(const struct scan *scan, const char *path, bool as_json)
{
    const struct {
        const char *what;
        u32 count;
    } counts[] = {
        {"functions", scan->functions.count}, {"named", count_named(scan)},     {"calls", scan->calls.count},
        {"branches", scan->branches.count},   {"imports", scan->imports.count}, {"wrapper_sites", scan->wrappers.count},
        {"tables", scan->tables.count},       {"strings", scan->strings.count}, {"references", scan->references.count},
    };
    struct json j;
    json_begin(&j, stdout);
    if (as_json) {
        json_object(&j, NULL);
        json_text(&j, "file", path);
    } else {
        printf("%s:", path);
    }
    for (size_t i = 0; i < countof(counts); i++) {
        if (as_json)
            json_u64(&j, counts[i].what, counts[i].count);
        else
            printf("%s %u %s", i ? "," : "", counts[i].count, counts[i].what);
    }
    if (!as_json) {
        printf("\n");
        return;
    }
    json_close(&j);
    json_finish(&j);
}

static bool analyse(struct scan *scan, const struct session *s, struct xex *xex, struct xex_image *image,
                    struct err *err)
{
    struct err why;
    if (!xex_parse(xex, s->title, s->title_size, &why) || !xex_image_init(image, xex, &s->keys, &why))
        return err_set(err, "%s: %.900s", s->title_path, why.text);
    scan->base = xex->image_base;
    scan->size = image->size & ~3u;
    scan->data = image->data;
    scan->entry = xex->entry;
    add_sections(scan, image);
    if (!add_imports(scan, xex, image, &why))
        return err_set(err, "%s: %.900s", s->title_path, why.text);
    scan_run(scan);
    return true;
}

int cmd_symbols(const struct cli *cli)
{
    struct err err;
    struct scan scan = {0};
    struct xex *xex = calloc(1, sizeof *xex);
    struct xex_image *image = calloc(1, sizeof *image);
    struct session *s = calloc(1, sizeof *s);
    const char *path = cli_value(cli, "output");
    CHECK(xex && image && s, "out of memory");
    bool ok = path || err_set(&err, "-o TITLE.db is missing");
    ok = ok && session_load_keys(s, cli, &err) && session_open_title(s, cli->operands[0], &err) &&
         analyse(&scan, s, xex, image, &err);
    if (ok) {
        char hash[33];
        XXH128_hash_t h = XXH3_128bits(s->title, s->title_size);
        snprintf(hash, sizeof hash, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
        struct scan_title title = {s->title_path, hash, version_build()};
        ok = scan_write(&scan, &title, path, &err);
    }
    if (ok)
        show(&scan, path, cli_has(cli, "json"));
    scan_finish(&scan);
    xex_image_finish(image);
    session_finish(s);
    free(s);
    free(image);
    free(xex);
    return ok ? EXIT_OK : cli_fail(cli, path ? EXIT_HOST_ERROR : EXIT_USAGE, &err);
}
