/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/host/keys.h"
#include "emu/host/hex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* One key: 32 hex digits, blanks and a line's end. */
static bool read_key(const char *line, u8 key[16])
{
    if (hex_digits(line) != 32 || line[32 + strspn(line + 32, " \t\r\n")])
        return false;
    hex_bytes(line, key, 16);
    return true;
}

bool keys_load(const char *path, struct xex_keys *keys, struct err *err)
{
    char line[256];
    *keys = (struct xex_keys){0};
    FILE *file = fopen(path, "r");
    if (!file)
        return err_set(err, "%s: %s", path, strerror(errno));
    bool good = true;
    for (u32 n = 1; good && fgets(line, sizeof line, file); n++) {
        if (line[0] == '#' || !line[strspn(line, " \t\r\n")])
            continue;
        if (keys->count == countof(keys->key))
            good = err_set(err, "%s:%u: more than %zu keys", path, n, countof(keys->key));
        else if (!read_key(line, keys->key[keys->count++]))
            good = err_set(err, "%s:%u: not a key of 32 hex digits", path, n);
    }
    if (good && ferror(file))
        good = err_set(err, "%s: it cannot be read", path);
    fclose(file);
    return good;
}
