/* SPDX-License-Identifier: BSD-3-Clause
 * --help, the manual page and bash completion, all from the rows of cli/verbs.def and schema/exit.def. */
#include "cli/cli.h"

enum { LINE_WIDTH = 100, VERB_COLUMN = 14, OPTION_COLUMN = 27 };

static const struct {
    int code;
    const char *text;
} exits[] = {
#define EXIT(name, code, text) {code, text},
#include "schema/exit.def"
};

static const char description[] =
    "A deterministic record/replay emulator for Xbox 360 titles, and the tools that find where two runs part.";

/* Prints text from column `column` (already there) on, wrapped there; a newline in it starts a paragraph. */
static void print_wrapped(FILE *out, int column, const char *text)
{
    int at = column;
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (at > column && at + 1 + length > LINE_WIDTH) {
            fprintf(out, "\n%*s", column, "");
            at = column;
        }
        at += fprintf(out, "%s%.*s", at > column ? " " : "", length, text);
        text += length;
        if (*text == '\n') {
            fprintf(out, "\n%*s", column, "");
            at = column;
        }
        text += *text != 0;
    }
    fputc('\n', out);
}

/* Is it the first verb of its group? */
static bool starts_group(size_t i)
{
    return i == 0 || strcmp(cli_verb_at(i)->group, cli_verb_at(i - 1)->group) != 0;
}

static bool is_about_runs(const struct cli_verb *verb)
{
    return !strcmp(verb->group, cli_verb_at(0)->group);
}

static void print_exits(FILE *out)
{
    fputs("\nExit codes:\n", out);
    for (size_t i = 0; i < countof(exits); i++) {
        fprintf(out, "  %2d  ", exits[i].code);
        print_wrapped(out, 6, exits[i].text);
    }
}

void help_print_list(FILE *out)
{
    fputs("usage: lockstep VERB [OPTION...] [OPERAND...]\n\n", out);
    print_wrapped(out, 0, description);
    for (size_t i = 0; i < cli_verb_count(); i++) {
        const struct cli_verb *v = cli_verb_at(i);
        if (starts_group(i))
            fprintf(out, "\n%s:\n", v->group);
        fprintf(out, "  %-*s", VERB_COLUMN - 2, v->name);
        print_wrapped(out, VERB_COLUMN, v->text);
    }
    fputs("\nlockstep help VERB tells more; lockstep --version says which Lockstep this is.\n", out);
}

void help_print_verb(FILE *out, const struct cli_verb *verb)
{
    fprintf(out, "usage: lockstep %s [OPTION...]%s%s\n\n%s.\n", verb->name, *verb->operands ? " " : "", verb->operands,
            verb->text);
    if (*verb->about) {
        fputc('\n', out);
        print_wrapped(out, 0, verb->about);
    }
    fputs("\nOptions:\n", out);
    for (u32 i = 0; i < verb->option_count; i++) {
        const struct cli_option *o = &verb->options[i];
        int width = o->letter ? fprintf(out, "  -%c, ", o->letter) : fprintf(out, "      ");
        width += fprintf(out, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(out, "%*s", width < OPTION_COLUMN ? OPTION_COLUMN - width : 1, "");
        print_wrapped(out, OPTION_COLUMN, o->text);
    }
    if (is_about_runs(verb))
        print_exits(out);
}

/* ---- The manual page. ---- */

/* Text for roff: no line may start a request, and a minus must stay a minus. */
static void print_roff(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if ((*p == '.' || *p == '\'') && (p == text || p[-1] == '\n'))
            fputs("\\&", out);
        if (*p == '\n')
            fputs("\n.PP", out);
        if (*p == '\\')
            fputs("\\e", out);
        else if (*p == '-')
            fputs("\\-", out);
        else
            fputc(*p, out);
    }
    fputc('\n', out);
}

static void print_man_verb(FILE *out, const struct cli_verb *v)
{
    fprintf(out, ".SS \"lockstep %s [OPTION...] %s\"\n", v->name, v->operands);
    fprintf(out, "%s.\n", v->text);
    if (*v->about) {
        fputs(".PP\n", out);
        print_roff(out, v->about);
    }
    for (u32 i = 0; i < v->option_count; i++) {
        const struct cli_option *o = &v->options[i];
        fputs(".TP\n\\fB", out);
        if (o->letter)
            fprintf(out, "\\-%c\\fR, \\fB", o->letter);
        fputs("\\-\\-", out);
        for (const char *p = o->name; *p; p++)
            fprintf(out, *p == '-' ? "\\-" : "%c", *p);
        fprintf(out, "\\fR%s\\fI%s\\fR\n", o->argument ? " " : "", o->argument ? o->argument : "");
        print_roff(out, o->text);
    }
}

void help_print_man(FILE *out)
{
    fprintf(out, ".TH LOCKSTEP 1 \"\" \"Lockstep %s\" \"User Commands\"\n", version_number());
    fputs(".SH NAME\nlockstep \\- deterministic record/replay emulator for Xbox 360 titles\n", out);
    fputs(".SH SYNOPSIS\n.B lockstep\n.I VERB\n[\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH DESCRIPTION\n", out);
    print_roff(out, description);
    for (size_t i = 0; i < cli_verb_count(); i++) {
        const char *group = cli_verb_at(i)->group;
        if (starts_group(i)) {
            fputs(".SH ", out);
            for (const char *p = group; *p; p++)
                fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, out);
            fputc('\n', out);
        }
        print_man_verb(out, cli_verb_at(i));
    }
    fputs(".SH \"EXIT STATUS\"\n", out);
    for (size_t i = 0; i < countof(exits); i++) {
        fprintf(out, ".TP\n%d\n", exits[i].code);
        print_roff(out, exits[i].text);
    }
}

/* ---- Completion. ---- */

static void print_bash_options(FILE *out, const struct cli_verb *v)
{
    fprintf(out, "    %s) words='", v->name);
    for (u32 i = 0; i < v->option_count; i++)
        fprintf(out, "%s--%s", i ? " " : "", v->options[i].name);
    fputs("' ;;\n", out);
}

void help_print_bash(FILE *out)
{
    fputs("# bash completion for lockstep: source <(lockstep completion bash)\n"
          "_lockstep()\n"
          "{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words=\n"
          "    COMPREPLY=()\n"
          "    local verbs='",
          out);
    for (size_t i = 0; i < cli_verb_count(); i++)
        fprintf(out, "%s%s", i ? " " : "", cli_verb_at(i)->name);
    fputs("'\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$verb\" = help ]; then\n"
          "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n"
          "        return\n"
          "    fi\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; i < cli_verb_count(); i++)
        print_bash_options(out, cli_verb_at(i));
    fputs("    esac\n"
          "    case $word in\n"
          "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -o default -F _lockstep lockstep\n",
          out);
}
