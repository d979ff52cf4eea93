/* SPDX-License-Identifier: BSD-3-Clause
 * Lines of names and values (diff/import_state.h). */
#include "diff/import_state.h"

#include <stdio.h>
#include <stdlib.h>

void state_put_text(struct buffer *state, const char *name, const char *text)
{
    buffer_add(state, name, strlen(name));
    buffer_add(state, " ", 1);
    buffer_add(state, text, strlen(text));
    buffer_add(state, "\n", 1);
}

void state_put(struct buffer *state, const char *name, u64 number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    state_put_text(state, name, text);
}

const char *state_next(const char *state, const char *name, const char **at, size_t *size)
{
    size_t name_size = strlen(name);
    for (const char *line = *at ? *at : state; *line;) {
        const char *end = line + strcspn(line, "\n");
        bool found = !strncmp(line, name, name_size) && line[name_size] == ' ';
        const char *text = line + name_size + 1;
        line = *end ? end + 1 : end;
        if (!found)
            continue;
        *at = line;
        *size = (size_t)(end - text);
        return text;
    }
    return NULL;
}

u64 state_get(const char *state, const char *name)
{
    const char *at = NULL;
    size_t size;
    const char *text = state_next(state, name, &at, &size);
    return text ? strtoull(text, NULL, 10) : 0;
}

bool state_is(const char *state, const char *name, const char *text)
{
    const char *at = NULL;
    size_t size;
    const char *found = state_next(state, name, &at, &size);
    return found && size == strlen(text) && !memcmp(found, text, size);
}
