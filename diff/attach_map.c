/* SPDX-License-Identifier: BSD-3-Clause
 * Linker maps (diff/attach.h). A line that is none of those below is prose and passed over. */
#include "diff/attach.h"

#include <stdio.h>

enum { SECTIONS_MAX = 64, NAME_MAX_SIZE = 4096 };

/* The list of the vendor's sections comes first: which are code? */
static bool is_code_section(const char *line, u32 *section)
{
    char class[16];
    return sscanf(line, " %4x:%*8x %*8xH %*255s %15s", section, class) == 2 && !strcmp(class, "CODE");
}

/* " 0003:00000470       main                       82060470 f   Dolphin.obj" */
static void add_vendor_line(struct attach_labels *labels, const char *line, const bool *is_code)
{
    static char name[NAME_MAX_SIZE];
    u32 section, address;
    char flag[3] = "";
    int fields = sscanf(line, " %4x:%*8x %4095s %8x %2s", &section, name, &address, flag);
    if (fields < 3 || !section || section >= SECTIONS_MAX || !address)
        return;
    bool is_function = is_code[section] || !strcmp(flag, "f");
    attach_add(labels, address, 0, is_function ? ATTACH_FUNCTION : ATTACH_DATA, name, strlen(name));
}

static char *cut_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end)
        *end = 0;
    return line;
}

void attach_read_vendor(struct attach_labels *labels, char *text)
{
    bool is_code[SECTIONS_MAX] = {false};
    u32 section;
    labels->kind = "map";
    while (*text) {
        char *line = cut_line(&text);
        if (is_code_section(line, &section) && section < SECTIONS_MAX)
            is_code[section] = true;
        else
            add_vendor_line(labels, line, is_code);
    }
}

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

/* The name of a function that has a section to itself; NULL: it is not one. */
static const char *function_of_section(const char *name)
{
    static const char *const groups[] = {"unlikely", "startup", "exit", "hot"};
    if (!begins(name, ".text."))
        return NULL;
    name += strlen(".text.");
    for (size_t i = 0; i < countof(groups); i++) {
        size_t size = strlen(groups[i]);
        if (begins(name, groups[i]) && (!name[size] || name[size] == '.'))
            return name[size] ? name + size + 1 : NULL;
    }
    return name;
}

/* "                0x0000000082010000                main", or of a section " .text.main     0x82010000   0x40 main.o"
 */
static void add_gnu_line(struct attach_labels *labels, const char *line, const char *section, enum attach_kind kind)
{
    char name[NAME_MAX_SIZE], rest[2];
    unsigned long long address, size;
    const char *function = function_of_section(section);
    if (sscanf(line, " 0x%llx %4095s %1s", &address, name, rest) == 2 && name[0] != '0' && name[0] != '(' &&
        name[0] != '[' && name[0] != '.' && address && address <= UINT32_MAX) {
        attach_add(labels, (u32)address, 0, kind, name, strlen(name));
    } else if (function && sscanf(line, "%*[^0]0x%llx 0x%llx %1s", &address, &size, rest) == 3 && size && address &&
               address + size <= UINT32_MAX) {
        attach_add(labels, (u32)address, (u32)(address + size), ATTACH_FUNCTION, function, strlen(function));
    }
}

void attach_read_gnu(struct attach_labels *labels, char *text)
{
    static const char *const code[] = {".text", ".init", ".fini"};
    enum attach_kind kind = ATTACH_DATA;
    char section[NAME_MAX_SIZE] = "", word[NAME_MAX_SIZE];
    labels->kind = "gnu-map";
    while (*text) {
        char *line = cut_line(&text);
        if (line[0] == '.') {
            kind = ATTACH_DATA;
            for (size_t i = 0; i < countof(code); i++)
                if (begins(line, code[i]))
                    kind = ATTACH_FUNCTION;
            section[0] = 0;
            continue;
        }
        if (line[0] == ' ' && line[1] != ' ' && sscanf(line, " %4095s", word) == 1)
            strcpy(section, word);
        add_gnu_line(labels, line, section, kind);
        /* A long name has its address on the next line; else each line of it has been read. */
        if (line[0] != ' ' || line[1] == ' ' || strstr(line, " 0x"))
            section[0] = 0;
    }
}
