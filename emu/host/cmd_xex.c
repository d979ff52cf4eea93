/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep xex FILE`: what a title's file says: headers, imports, sections, hashes. */
#include "cli/cli.h"
#include "emu/host/cmd.h"
#include "emu/host/folder.h"
#include "emu/host/keys.h"
#include "emu/loader/xex.h"
#include "schema/export.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const encryptions[] = {"none", "AES"};
static const char *const compressions[] = {"none", "basic", "LZX", "delta"};
static const char *const states[] = {[EXPORT_IS_NONE] = "none", [EXPORT_IS_STUB] = "stub", [EXPORT_IS_DONE] = "done"};

/* What is printed. The image may be missing: why says so. */
struct view {
    const char *path;
    struct xex xex;
    struct xex_image image;
    bool has_image;
    struct err why;
    bool as_json;
    struct json json;
    u32 bad_records;
    u32 counts[countof(states)];
};

static const char *key_name(const struct view *v)
{
    if (v->xex.encryption != XEX_AES || !v->has_image)
        return "";
    return v->image.key ? " (a key of yours)" : " (development key)";
}

static void show_front(struct view *v)
{
    const struct xex *x = &v->xex;
    const struct xex_execution *n = &x->execution;
    printf("%s: %s\n", v->path, x->pe_name[0] ? x->pe_name : "(no name)");
    printf("  module flags  0x%08X%s%s%s\n", x->module_flags, x->module_flags & XEX_MODULE_TITLE ? " title" : "",
           x->module_flags & XEX_MODULE_DLL ? " library" : "", x->module_flags & XEX_MODULE_PATCHES ? " patch" : "");
    printf("  image         0x%08X..0x%08X, pages of %u KiB\n", x->image_base, x->image_base + x->image_size - 1,
           x->page_size / 1024);
    printf("  entry point   0x%08X\n", x->entry);
    printf("  stack size    0x%X\n", x->stack_size);
    printf("  title id      %08X, media id %08X, version %08X, disc %u of %u\n", n->title_id, n->media_id, n->version,
           n->disc, n->discs);
    printf("  system flags  0x%08X\n", x->system_flags);
    printf("  TLS           %u slots, 0x%X bytes of data at 0x%08X in a block of 0x%X\n", x->tls.slots, x->tls.raw_size,
           x->tls.address, x->tls.size);
    printf("  encryption    %s%s\n", encryptions[x->encryption], key_name(v));
    printf("  compression   %s", compressions[x->compression]);
    if (x->compression == XEX_BASIC)
        printf(", %u runs", x->run_count);
    if (x->compression == XEX_LZX)
        printf(", window of %u KiB, %u blocks", x->window / 1024, v->image.block_count);
    printf("\n");
}

static void show_headers(const struct xex *x)
{
    printf("security info at 0x%X\n", x->security);
    printf("  load address 0x%08X, image flags 0x%08X, %u page descriptors, %u import tables\n", x->load_address,
           x->image_flags, x->descriptor_count, x->import_table_count);
    printf("  region 0x%08X, media 0x%08X\n", load_be32(x->file + x->security + XEX_SECURITY_REGION),
           load_be32(x->file + x->security + XEX_SECURITY_MEDIA));
    printf("optional headers\n");
    for (u32 i = 0; i < x->key_count; i++) {
        struct xex_header h = xex_header_at(x, i);
        const struct xex_key_info *info = xex_key_info(h.key);
        char value[40];
        if (h.offset)
            snprintf(value, sizeof value, "0x%X bytes at 0x%X", h.size, h.offset);
        else
            snprintf(value, sizeof value, "0x%08X", h.value);
        printf("  %08X %-18s %-24s", h.key, info ? info->name : "(unknown)", value);
        if (info)
            printf(" %s: %s", xex_use_name(info->use), info->what);
        printf("\n");
    }
}

static void show_front_json(struct view *v)
{
    const struct xex *x = &v->xex;
    struct json *j = &v->json;
    json_text(j, "file", v->path);
    json_text(j, "name", x->pe_name);
    json_hex(j, "module_flags", x->module_flags, 8);
    json_hex(j, "image_base", x->image_base, 8);
    json_hex(j, "image_size", x->image_size, 8);
    json_hex(j, "image_flags", x->image_flags, 8);
    json_u64(j, "page_size", x->page_size);
    json_hex(j, "entry", x->entry, 8);
    json_u64(j, "stack_size", x->stack_size);
    json_hex(j, "title_id", x->execution.title_id, 8);
    json_hex(j, "media_id", x->execution.media_id, 8);
    json_hex(j, "version", x->execution.version, 8);
    json_hex(j, "system_flags", x->system_flags, 8);
    json_text(j, "encryption", encryptions[x->encryption]);
    json_text(j, "compression", compressions[x->compression]);
    json_object(j, "tls");
    json_u64(j, "slots", x->tls.slots);
    json_hex(j, "address", x->tls.address, 8);
    json_u64(j, "size", x->tls.size);
    json_u64(j, "raw_size", x->tls.raw_size);
    json_close(j);
}

static void show_headers_json(struct view *v)
{
    const struct xex *x = &v->xex;
    struct json *j = &v->json;
    json_array(j, "headers");
    for (u32 i = 0; i < x->key_count; i++) {
        struct xex_header h = xex_header_at(x, i);
        json_object(j, NULL);
        json_hex(j, "key", h.key, 8);
        const struct xex_key_info *info = xex_key_info(h.key);
        json_text(j, "name", info ? info->name : NULL);
        json_text(j, "use", info ? xex_use_name(info->use) : NULL);
        json_hex(j, "value", h.value, 8);
        if (h.offset)
            json_u64(j, "size", h.size);
        json_close(j);
    }
    json_close(j);
}

static void show_sections(struct view *v)
{
    if (v->as_json)
        json_array(&v->json, "sections");
    else
        printf("sections\n");
    for (u32 i = 0; i < v->image.section_count; i++) {
        const struct xex_section *s = &v->image.sections[i];
        char access[4] = {s->flags & 0x40000000 ? 'r' : '-', s->flags & 0x80000000 ? 'w' : '-',
                          s->flags & 0x20000000 ? 'x' : '-', 0};
        if (!v->as_json) {
            printf("  %-8s 0x%08X 0x%08X %s\n", s->name, s->address, s->size, access);
            continue;
        }
        json_object(&v->json, NULL);
        json_text(&v->json, "name", s->name);
        json_hex(&v->json, "address", s->address, 8);
        json_hex(&v->json, "size", s->size, 8);
        json_text(&v->json, "access", access);
        json_close(&v->json);
    }
    if (v->as_json)
        json_close(&v->json);
}

static void show_import(struct view *v, const struct xex_library *library, const struct xex_record *record)
{
    char buffer[96];
    u32 op = export_op(module_by_name(library->name), record->ordinal);
    const struct export *export = export_find(op);
    bool is_kernel = module_by_name(library->name) != MODULE_NONE;
    const char *name = is_kernel ? export_op_name(op, buffer, sizeof buffer) : "(of a library)";
    const char *state = export ? states[export->state] : "unknown";
    bool is_variable = export && export->is_variable;
    if (record->kind == XEX_RECORD_POINTER && export && !is_variable)
        return; /* the thunk's record stands for the function */
    if (export)
        v->counts[export->state]++;
    if (!v->as_json) {
        printf("    0x%03X 0x%08X %-8s %-7s %s\n", record->ordinal, record->address,
               is_variable ? "variable" : "function", state, name);
        return;
    }
    json_object(&v->json, NULL);
    json_text(&v->json, "library", library->name);
    json_u64(&v->json, "ordinal", record->ordinal);
    json_text(&v->json, "name", name);
    json_text(&v->json, "kind", is_variable ? "variable" : "function");
    json_text(&v->json, "state", state);
    json_hex(&v->json, "address", record->address, 8);
    json_close(&v->json);
}

static void show_imports(struct view *v)
{
    struct xex_record record;
    struct err err;
    if (v->as_json)
        json_array(&v->json, "imports");
    else
        printf("imports\n");
    for (u32 l = 0; l < v->xex.library_count; l++) {
        const struct xex_library *library = &v->xex.libraries[l];
        u32 n = library->version;
        if (!v->as_json)
            printf("  %s %u.%u.%u.%u, %u records\n", library->name, n >> 28, n >> 24 & 15, n >> 8 & 0xFFFF, n & 255,
                   library->record_count);
        for (u32 i = 0; i < library->record_count && v->has_image; i++) {
            if (xex_record_at(&v->xex, &v->image, library, i, &record, &err)) {
                show_import(v, library, &record);
                continue;
            }
            v->bad_records++;
            if (!v->as_json)
                printf("    %s\n", err.text);
        }
    }
    if (v->as_json)
        json_close(&v->json);
    else if (v->has_image)
        printf("  %u done, %u stubs, %u without a body, %u bad records\n", v->counts[EXPORT_IS_DONE],
               v->counts[EXPORT_IS_STUB], v->counts[EXPORT_IS_NONE], v->bad_records);
}

static void show_hash(void *context, const char *what, bool good)
{
    struct view *v = context;
    if (!v->as_json) {
        printf("  %-8s %s\n", good ? "ok" : "MISMATCH", what);
        return;
    }
    json_object(&v->json, NULL);
    json_text(&v->json, "what", what);
    json_bool(&v->json, "ok", good);
    json_close(&v->json);
}

static void show_hashes(struct view *v)
{
    if (v->as_json)
        json_array(&v->json, "hashes");
    else
        printf("hashes (the signature is not checked)\n");
    u32 bad = xex_check(&v->xex, &v->image, show_hash, v);
    if (!v->as_json)
        return;
    json_close(&v->json);
    json_u64(&v->json, "mismatches", bad);
}

static void show(struct view *v)
{
    if (v->as_json) {
        json_begin(&v->json, stdout);
        json_object(&v->json, NULL);
        show_front_json(v);
        show_headers_json(v);
    } else {
        show_front(v);
        show_headers(&v->xex);
    }
    show_imports(v);
    if (v->has_image) {
        show_sections(v);
        show_hashes(v);
    }
    if (v->as_json) {
        json_text(&v->json, "error", v->has_image ? NULL : v->why.text);
        json_close(&v->json);
        json_finish(&v->json);
    }
}

int cmd_xex(const struct cli *cli)
{
    struct err err, why;
    struct xex_keys keys = {0};
    struct view v = {.path = cli->operands[0], .as_json = cli_has(cli, "json")};
    u8 *file;
    size_t size;
    const char *key_file = cli_value(cli, "keys");
    if ((key_file && !keys_load(key_file, &keys, &err)) || !file_load_title(v.path, &file, &size, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool good = xex_parse(&v.xex, file, size, &why);
    if (good) {
        v.has_image = xex_image_init(&v.image, &v.xex, &keys, &v.why);
        show(&v);
        why = v.why;
    }
    good = good && v.has_image;
    xex_image_finish(&v.image);
    free(file);
    if (good)
        return EXIT_OK;
    err_set(&err, "%s: %.900s", v.path, why.text);
    return cli_fail(cli, EXIT_HOST_ERROR, &err);
}
