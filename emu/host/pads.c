/* SPDX-License-Identifier: BSD-3-Clause
 * Scripted pads, for tests and repeatable runs. */
#define _GNU_SOURCE
#include "cli/cli.h"
#include "emu/host/answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { PADS = 4, VALUES = 7 };

struct change {
    u64 tick;
    u32 pad;
    u64 value[VALUES]; /* buttons, triggers, sticks */
};

struct pad_script {
    size_t count;
    struct change *changes;
};

static bool parse_line(char *line, struct change *change)
{
    char *rest = NULL;
    u64 pad;
    char *time = strtok_r(line, " \t\r\n", &rest);
    char *number = strtok_r(NULL, " \t\r\n", &rest);
    if (!time || !number || !cli_read_ticks(time, &change->tick) || !cli_read_u64(number, &pad) || pad >= PADS)
        return false;
    change->pad = (u32)pad;
    u32 n = 0;
    for (char *word; (word = strtok_r(NULL, " \t\r\n", &rest)); n++) {
        bool negative = word[0] == '-';
        u64 value;
        if (n >= VALUES || !cli_read_u64(word + negative, &value) || value > 0xFFFF)
            return false;
        change->value[n] = negative ? 0 - value : value;
    }
    return n > 0;
}

static bool add_change(struct pad_script *script, const struct change *change)
{
    struct change *grown = realloc(script->changes, (script->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    script->changes = grown;
    script->changes[script->count++] = *change;
    return true;
}

static bool load_lines(struct pad_script *script, FILE *in, const char *path, struct err *err)
{
    char line[512];
    for (u32 number = 1; fgets(line, sizeof line, in); number++) {
        struct change change = {0};
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if (!parse_line(line, &change))
            return err_set(err, "%s:%u: expected TIME PAD BUTTONS [LT RT LX LY RX RY]", path, number);
        if (script->count && change.tick < script->changes[script->count - 1].tick)
            return err_set(err, "%s:%u: goes back in time", path, number);
        if (!add_change(script, &change))
            return err_set(err, "%s: no memory", path);
    }
    return true;
}

struct pad_script *pads_load(const char *path, struct err *err)
{
    FILE *in = fopen(path, "r");
    if (!in) {
        err_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct pad_script *script = calloc(1, sizeof *script);
    if (!script)
        err_set(err, "%s: no memory", path);
    else if (!load_lines(script, in, path, err)) {
        pads_free(script);
        script = NULL;
    }
    fclose(in);
    return script;
}

void pads_free(struct pad_script *script)
{
    if (!script)
        return;
    free(script->changes);
    free(script);
}

bool pads_state(const struct pad_script *script, u64 pad, u64 tick, u8 out[16])
{
    const struct change *now = NULL;
    u32 packet = 0;
    for (size_t i = 0; i < script->count && script->changes[i].tick <= tick; i++) {
        if (script->changes[i].pad == pad) {
            now = &script->changes[i];
            packet++;
        }
    }
    if (!now)
        return false;
    memset(out, 0, 16);
    store_be32(out, packet);
    store_be16(out + 4, (u16)now->value[0]);
    out[6] = (u8)now->value[1];
    out[7] = (u8)now->value[2];
    for (u32 i = 0; i < 4; i++)
        store_be16(out + 8 + 2 * i, (u16)now->value[3 + i]);
    return true;
}
