/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep disasm TITLE|FILE [RANGE]`: prints code as instructions. TITLE is a .xex or a folder with one; FILE may
 * also be an ELF file, or plain bytes with --base. */
#include "cli/cli.h"
#include "emu/host/cmd.h"
#include "emu/host/folder.h"
#include "emu/host/mkxex.h"
#include "emu/host/names.h"
#include "emu/loader/xex.h"
#include "schema/ppc.h"

#include <stdio.h>
#include <stdlib.h>

enum { REGIONS_MAX = 256, PE_EXECUTABLE = 0x20000000 };

/* A run of bytes at an address. */
struct region {
    char name[64];
    u32 address;
    u32 size;
    const u8 *data;
    bool is_code;
};

struct listing {
    struct region regions[REGIONS_MAX];
    u32 region_count;
    struct names names;
    enum ppc_style style;
    bool as_json;
    bool has_range;
    u32 from; /* of the range */
    u64 to;   /* behind it */
    struct xex xex;
    struct xex_image image;
};

static void add_region(struct listing *l, const char *name, u32 address, u32 size, const u8 *data, bool is_code)
{
    if (l->region_count == REGIONS_MAX || !size)
        return;
    struct region *region = &l->regions[l->region_count++];
    *region = (struct region){.address = address, .size = size, .data = data, .is_code = is_code};
    snprintf(region->name, sizeof region->name, "%s", name);
}

/* A title's sections; the whole image as well, for ranges that lie in none. */
static bool open_xex(struct listing *l, const u8 *file, size_t size, struct err *err)
{
    const struct xex *x = &l->xex;
    if (!xex_parse(&l->xex, file, size, err) || !xex_image_init(&l->image, x, NULL, err) ||
        !names_add_imports(&l->names, x, &l->image, err))
        return false;
    for (u32 i = 0; i < l->image.section_count; i++) {
        const struct xex_section *s = &l->image.sections[i];
        u32 offset = s->address - x->image_base;
        if (offset >= l->image.size)
            continue;
        u32 length = s->size < l->image.size - offset ? s->size : l->image.size - offset;
        add_region(l, s->name, s->address, length, l->image.data + offset, s->flags & PE_EXECUTABLE);
    }
    add_region(l, "image", x->image_base, l->image.size, l->image.data, false);
    return true;
}

static bool open_elf(struct listing *l, const u8 *file, size_t size, struct err *err)
{
    struct mkxex_elf elf;
    struct err none;
    if (!mkxex_elf_open(&elf, file, size, err))
        return false;
    for (u32 i = 0; i < elf.section_count; i++) {
        struct mkxex_section s;
        if (!mkxex_elf_section(&elf, i, &s, err))
            return false;
        if ((s.flags & ELF_ALLOC) && s.data)
            add_region(l, s.name, s.address, s.size, s.data, s.flags & ELF_EXEC);
    }
    names_add_elf(&l->names, file, size, &none); /* a file without symbols is fine */
    return true;
}

static bool open_bytes(struct listing *l, const struct cli *cli, const u8 *file, size_t size, struct err *err)
{
    u64 base = 0;
    if (!cli_has(cli, "base"))
        return err_set(err, "%s: neither a XEX2 nor an ELF file; for plain bytes give --base ADDRESS",
                       cli->operands[0]);
    if (!cli_u64(cli, "base", &base, err))
        return false;
    if (base % 4 || base > UINT32_MAX || size > UINT32_MAX + 1ull - base)
        return err_set(err, "--base: 0x%llx is no address of %zu bytes of code", (unsigned long long)base, size);
    add_region(l, "bytes", (u32)base, (u32)size, file, true);
    return true;
}

/* Hex with or without 0x; *end is behind it. */
static bool read_address(const char *text, const char **end, u64 *value)
{
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    size_t digits = strspn(text, "0123456789abcdefABCDEF");
    char *stop;
    *value = strtoull(text, &stop, 16);
    *end = stop;
    return digits > 0 && digits <= 9;
}

/* START..END (END is not in it) or START+SIZE. */
static bool read_range(struct listing *l, const char *text, struct err *err)
{
    u64 from, to;
    const char *p;
    bool good = read_address(text, &p, &from);
    if (good && *p == '+')
        good = read_address(p + 1, &p, &to) && (to += from, true);
    else
        good = good && !strncmp(p, "..", 2) && read_address(p + 2, &p, &to);
    if (!good || *p)
        return err_set(err, "range %s: START..END or START+SIZE, in hex", text);
    if (from % 4 || from >= to || to > UINT32_MAX + 1ull)
        return err_set(err, "range %s: it is empty, or does not begin at a multiple of 4", text);
    l->has_range = true;
    l->from = (u32)from;
    l->to = to;
    return true;
}

/* " <NtCreateEvent>" or " <main+0x10>"; empty: no name. */
static void target_text(const struct listing *l, u32 target, char *out, size_t capacity)
{
    const struct name *name = names_find(&l->names, target);
    out[0] = '\0';
    if (name && name->address == target)
        snprintf(out, capacity, "%s", name->text);
    else if (name)
        snprintf(out, capacity, "%s+0x%x", name->text, target - name->address);
}

static void print_word_json(const struct listing *l, u32 address, u32 word, const char *text, const char *label)
{
    struct json j;
    u32 target;
    char name[128];
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_hex(&j, "address", address, 8);
    json_hex(&j, "word", word, 8);
    json_text(&j, "text", text);
    json_bool(&j, "valid", ppc_decode(word) != NULL);
    if (label)
        json_text(&j, "label", label);
    if (ppc_branch_target(word, address, &target)) {
        target_text(l, target, name, sizeof name);
        json_hex(&j, "target", target, 8);
        json_text(&j, "target_name", name[0] ? name : NULL);
    }
    json_close(&j);
    json_finish(&j);
}

static void print_word(const struct listing *l, u32 address, u32 word)
{
    char text[128], target_name[128] = "";
    u32 target;
    const struct name *name = names_find(&l->names, address);
    const char *label = name && name->address == address ? name->text : NULL;
    ppc_disassemble_as(l->style, word, address, text, sizeof text);
    if (l->as_json) {
        print_word_json(l, address, word, text, label);
        return;
    }
    if (label)
        printf("\n%08x <%s>:\n", address, label);
    if (ppc_branch_target(word, address, &target))
        target_text(l, target, target_name, sizeof target_name);
    printf("%08x:  %08x  %s%s%s%s\n", address, word, text, target_name[0] ? " <" : "", target_name,
           target_name[0] ? ">" : "");
}

static void print_words(const struct listing *l, const struct region *region, u64 from, u64 to)
{
    for (u64 at = from; at + 4 <= to; at += 4)
        print_word(l, (u32)at, load_be32(region->data + (at - region->address)));
    if (!l->as_json && (to - from) % 4)
        printf("(%u bytes behind the last word)\n", (u32)((to - from) % 4));
}

/* All code, or the range: in the region that holds it. */
static bool print_listing(const struct listing *l, struct err *err)
{
    bool any = false;
    for (u32 i = 0; i < l->region_count; i++) {
        const struct region *r = &l->regions[i];
        u64 end = (u64)r->address + r->size;
        if (l->has_range ? l->from < r->address || l->to > end : !r->is_code)
            continue;
        if (!l->as_json)
            printf("%s%s: %08x..%08x\n", any ? "\n" : "", r->name, r->address, (u32)(end - 1));
        print_words(l, r, l->has_range ? l->from : r->address, l->has_range ? l->to : end);
        any = true;
        if (l->has_range)
            break;
    }
    if (any)
        return true;
    if (l->has_range)
        return err_set(err, "nothing holds %08x..%08x", l->from, (u32)(l->to - 1));
    return err_set(err, "no section is code; give a range");
}

static bool open_input(struct listing *l, const struct cli *cli, const u8 *file, size_t size, struct err *err)
{
    struct err why;
    bool is_xex = size >= 4 && !memcmp(file, "XEX2", 4), is_elf = size >= 4 && !memcmp(file, "\177ELF", 4);
    if (cli_has(cli, "base") || (!is_xex && !is_elf))
        return open_bytes(l, cli, file, size, err);
    if (is_xex ? open_xex(l, file, size, &why) : open_elf(l, file, size, &why))
        return true;
    return err_set(err, "%s: %.900s", cli->operands[0], why.text);
}

static bool open_symbols(struct listing *l, const char *path, struct err *err)
{
    u8 *file;
    size_t size;
    struct err why;
    if (!file_load(path, &file, &size, err))
        return false;
    bool good = names_add_elf(&l->names, file, size, &why);
    free(file);
    return good || err_set(err, "%s: %.900s", path, why.text);
}

int cmd_disasm(const struct cli *cli)
{
    static struct listing l;
    struct err err;
    u64 base = 0;
    const char *symbols = cli_value(cli, "symbols");
    u8 *file;
    size_t size;
    l.as_json = cli_has(cli, "json");
    l.style = cli_has(cli, "simplified") ? PPC_SIMPLIFIED : PPC_RAW;
    if ((cli->operand_count > 1 && !read_range(&l, cli->operands[1], &err)) || !cli_u64(cli, "base", &base, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!file_load_title(cli->operands[0], &file, &size, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    bool good = open_input(&l, cli, file, size, &err) && (!symbols || open_symbols(&l, symbols, &err));
    if (good) {
        names_sort(&l.names);
        good = print_listing(&l, &err);
    }
    names_finish(&l.names);
    xex_image_finish(&l.image);
    free(file);
    return good ? EXIT_OK : cli_fail(cli, EXIT_HOST_ERROR, &err);
}
