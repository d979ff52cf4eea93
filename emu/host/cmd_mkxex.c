/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep mkxex IN.elf -o OUT.xex`: a title from a linked ELF. */
#include "cli/cli.h"
#include "emu/host/cmd.h"
#include "emu/host/folder.h"
#include "emu/host/keys.h"
#include "emu/host/mkxex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_TITLE_ID = 0x4C530001, DEFAULT_STACK = 0x40000 };

/* "title.exe" from "path/title.elf". */
static void name_from_path(char name[XEX_NAME_MAX], const char *path)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    const char *dot = strrchr(base, '.');
    int length = (int)(dot && dot != base ? (size_t)(dot - base) : strlen(base));
    snprintf(name, XEX_NAME_MAX, "%.*s.exe", length > XEX_NAME_MAX - 5 ? XEX_NAME_MAX - 5 : length, base);
}

/* The title id is hex with or without 0x. */
bool cmd_title_id(const struct cli *cli, u32 *id, struct err *err)
{
    const char *text = cli_value(cli, "title-id");
    if (!text)
        return true;
    char *end;
    unsigned long value = strtoul(text, &end, 16);
    if (end == text || *end || text[0] == '-' || value > UINT32_MAX)
        return err_set(err, "--title-id %s: not a hex number of up to 8 digits", text);
    *id = (u32)value;
    return true;
}

static bool read_compression(const struct cli *cli, u32 *compression, struct err *err)
{
    static const char *const names[] = {[XEX_UNCOMPRESSED] = "none", [XEX_BASIC] = "basic", [XEX_LZX] = "lzx"};
    const char *how = cli_value(cli, "compress");
    for (u32 i = 0; how && i < countof(names); i++) {
        if (strcmp(how, names[i]) != 0)
            continue;
        *compression = i;
        return true;
    }
    return !how || err_set(err, "--compress %s: it is none, basic or lzx", how);
}

/* The first key of --keys FILE instead of the development key. */
static bool read_key(const struct cli *cli, u8 key[16], struct err *err)
{
    struct xex_keys keys;
    const char *path = cli_value(cli, "keys");
    if (!path)
        return true;
    if (!cli_has(cli, "encrypt"))
        return err_set(err, "--keys %s: only with --encrypt", path);
    if (!keys_load(path, &keys, err))
        return false;
    memcpy(key, keys.key[0], sizeof keys.key[0]);
    return keys.count || err_set(err, "%s: there is no key in it", path);
}

static bool read_options(const struct cli *cli, struct mkxex_options *options, struct err *err)
{
    const char *name = cli_value(cli, "name");
    u64 stack = DEFAULT_STACK;
    *options = (struct mkxex_options){.compress = XEX_BASIC, .title_id = DEFAULT_TITLE_ID};
    options->encrypt = cli_has(cli, "encrypt");
    options->library = cli_has(cli, "dll");
    if (!read_compression(cli, &options->compress, err) || !read_key(cli, options->key, err))
        return false;
    if (!cli_u64(cli, "stack", &stack, err) || !cmd_title_id(cli, &options->title_id, err))
        return false;
    if (!stack || stack > 0x1000000)
        return err_set(err, "--stack %llu: it is 1 to 16777216 bytes", (unsigned long long)stack);
    options->stack_size = (u32)stack;
    if (name && (!name[0] || strlen(name) >= XEX_NAME_MAX))
        return err_set(err, "--name: a name of 1 to %d characters", XEX_NAME_MAX - 1);
    if (name)
        snprintf(options->name, sizeof options->name, "%s", name);
    else
        name_from_path(options->name, cli->operands[0]);
    return cli_value(cli, "output") ? true : err_set(err, "-o OUT.xex is missing");
}

/* Never half a file: by a temporary one beside it. */
static bool save(const char *path, const u8 *data, size_t size, struct err *err)
{
    char temporary[4096];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.new", path) >= sizeof temporary)
        return err_set(err, "%s: path too long", path);
    FILE *out = fopen(temporary, "wb");
    if (!out)
        return err_set(err, "%s: %s", temporary, strerror(errno));
    bool good = fwrite(data, 1, size, out) == size && fflush(out) == 0;
    int reason = errno;
    if (fclose(out) != 0 && good) {
        reason = errno;
        good = false;
    }
    if (good && rename(temporary, path) == 0)
        return true;
    if (good)
        reason = errno;
    remove(temporary);
    return err_set(err, "%s: %s", path, strerror(reason));
}

static bool build(const struct cli *cli, struct mkxex_options *options, size_t *out_size, struct err *err)
{
    const char *path = cli->operands[0], *out_path = cli_value(cli, "output"), *old = cli_value(cli, "patch-of");
    u8 *elf, *old_file = NULL, *out = NULL;
    size_t size;
    struct err why;
    if (!file_load(path, &elf, &size, err))
        return false;
    if (old && !file_load(old, &old_file, &options->patch_of_size, err)) {
        free(elf);
        return false;
    }
    options->patch_of = old_file;
    bool good = mkxex_build(elf, size, options, &out, out_size, &why);
    free(elf);
    free(old_file);
    if (!good)
        return err_set(err, "%s: %s", path, why.text);
    good = save(out_path, out, *out_size, err);
    free(out);
    return good;
}

int cmd_mkxex(const struct cli *cli)
{
    struct err err;
    struct mkxex_options options;
    size_t size;
    if (!read_options(cli, &options, &err))
        return cli_fail(cli, EXIT_USAGE, &err);
    if (!build(cli, &options, &size, &err))
        return cli_fail(cli, EXIT_HOST_ERROR, &err);
    cmd_tell_output(cli, size);
    return EXIT_OK;
}
