/* SPDX-License-Identifier: BSD-3-Clause
 * `lockstep exports`: every kernel export by name, and how many of them are implemented. */
#include "cli/exports.h"
#include "schema/export.h"

static const char *const states[] = {[EXPORT_IS_NONE] = "none", [EXPORT_IS_STUB] = "stub", [EXPORT_IS_DONE] = "done"};
static const char *const classes[] = {
    [EXPORT_PURE] = "pure", [EXPORT_SCHED] = "sched", [EXPORT_GATE] = "gate", [EXPORT_EFFECT] = "effect"};

/* "xam" as well as "xam.xex". */
static bool find_module(const char *name, enum module *module)
{
    static const char *const endings[] = {"", ".exe", ".xex"};
    char full[64];
    for (size_t i = 0; i < countof(endings); i++) {
        snprintf(full, sizeof full, "%s%s", name, endings[i]);
        if ((*module = module_by_name(full)) != MODULE_NONE)
            return true;
    }
    return false;
}

static bool find_state(const char *name, int *state)
{
    for (size_t i = 0; i < countof(states); i++) {
        if (!strcmp(states[i], name)) {
            *state = (int)i;
            return true;
        }
    }
    return false;
}

static void print_row(const struct export *e)
{
    printf("%-12s 0x%03X  %-4s %-8s %s%s%s\n", module_name((enum module)e->module), e->op & 0xFFFF, states[e->state],
           e->is_variable ? "variable" : classes[e->class], e->name, e->has_signature ? "  " : "",
           e->has_signature ? e->signature : "");
}

static void print_row_json(const struct export *e)
{
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, NULL);
    json_text(&j, "module", module_name((enum module)e->module));
    json_u64(&j, "ordinal", e->op & 0xFFFF);
    json_text(&j, "name", e->name);
    json_text(&j, "state", states[e->state]);
    json_text(&j, "kind", e->is_variable ? "variable" : "function");
    if (!e->is_variable)
        json_text(&j, "class", classes[e->class]);
    json_text(&j, "signature", e->has_signature ? e->signature : NULL);
    json_close(&j);
    json_finish(&j);
}

/* One line a module: how many rows, and how many in each state. */
static void print_counts(bool as_json, enum module only)
{
    for (int m = MODULE_NONE + 1; m < MODULES; m++) {
        u32 count[countof(states)] = {0};
        for (size_t i = 0; i < export_count(); i++)
            if (export_at(i)->module == m)
                count[export_at(i)->state]++;
        if (only != MODULE_NONE && m != (int)only)
            continue;
        u32 done = count[EXPORT_IS_DONE], stub = count[EXPORT_IS_STUB], none = count[EXPORT_IS_NONE];
        if (as_json)
            printf("{\"module\": \"%s\", \"exports\": %u, \"done\": %u, \"stub\": %u, \"none\": %u}\n",
                   module_name((enum module)m), done + stub + none, done, stub, none);
        else
            printf("%s: %u exports, %u done, %u stubs, %u without a body\n", module_name((enum module)m),
                   done + stub + none, done, stub, none);
    }
}

int exports_run(const struct cli *cli)
{
    enum module only = MODULE_NONE;
    int state = -1;
    struct err err;
    if (cli->operand_count && !find_module(cli->operands[0], &only)) {
        err_set(&err, "no module %s (xboxkrnl, xam or xbdm; `lockstep xex TITLE` lists what a title imports)",
                cli->operands[0]);
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    if (cli_has(cli, "state") && !find_state(cli_value(cli, "state"), &state)) {
        err_set(&err, "--state %s: done, stub or none", cli_value(cli, "state"));
        return cli_fail(cli, EXIT_USAGE, &err);
    }
    for (size_t i = 0; i < export_count(); i++) {
        const struct export *e = export_at(i);
        bool is_wanted = (only == MODULE_NONE || e->module == only) && (state < 0 || e->state == state);
        if (is_wanted)
            (cli_has(cli, "json") ? print_row_json : print_row)(e);
    }
    print_counts(cli_has(cli, "json"), only);
    return EXIT_OK;
}
