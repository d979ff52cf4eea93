/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "emu/host/session.h"

#include "emu/boot.h"
#include "emu/host/keys.h"
#include "emu/loader/loader.h"
#include "emu/vfs/vfs.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Virtual time run between looks at the outside (Ctrl-C, progress): changes nothing inside. */
#define PIECE_TICKS (20 * TICKS_PER_MS)

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static const struct {
    const char *name;
    size_t offset;
    size_t size;
    u64 minimum;
} config_rows[] = {
#define CONFIG(type, name, initial, minimum, text) {#name, offsetof(struct config, name), sizeof(type), minimum},
#include "schema/config.def"
};

bool config_set(struct config *config, const char *name, u64 value, struct err *err)
{
    for (size_t i = 0; i < countof(config_rows); i++) {
        if (strcmp(config_rows[i].name, name) != 0)
            continue;
        if (value < config_rows[i].minimum || (config_rows[i].size == 4 && value > UINT32_MAX))
            return err_set(err, "configuration %s: %llu is out of range (least %llu)", name, (unsigned long long)value,
                           (unsigned long long)config_rows[i].minimum);
        memcpy((u8 *)config + config_rows[i].offset, &value, config_rows[i].size);
        return true;
    }
    return err_set(err, "the machine's configuration has no %s (see schema/config.def)", name);
}

u64 config_get(const struct config *config, size_t row, const char **name)
{
    u64 value = 0;
    *name = NULL;
    if (row >= countof(config_rows))
        return 0;
    *name = config_rows[row].name;
    memcpy(&value, (const u8 *)config + config_rows[row].offset, config_rows[row].size);
    return value;
}

/* What a user may have meant. */
static bool fail_without_title(const struct session *s, const char *other, struct err *err)
{
    if (!other[0])
        return err_set(err, "%s: there is no default.xex in this image", s->title_path);
    return err_set(
        err, "%s: there is no default.xex in this image, but %s: make the image of a folder where it has that name",
        s->title_path, other);
}

/* default.xex of a disc image or a package; names there have no case. */
static bool load_from_disc(struct session *s, struct err *err)
{
    struct folder_entry entry;
    struct folder *disc = s->answers.disc;
    char other[256] = "";
    for (size_t i = 0; folder_at(disc, i, &entry); i++) {
        const u8 *data;
        size_t length = strlen(entry.path);
        if (vfs_compare(entry.path, "default.xex") != 0 || entry.is_directory) {
            if (!other[0] && !entry.is_directory && length > 4 && vfs_compare(entry.path + length - 4, ".xex") == 0)
                snprintf(other, sizeof other, "%s", entry.path);
            continue;
        }
        if (!folder_read(disc, i, 0, entry.size, &data, &s->title_size, err))
            return false;
        s->title = malloc(s->title_size + 1);
        if (!s->title)
            return err_set(err, "%s: no memory for its default.xex", s->title_path);
        if (s->title_size)
            memcpy(s->title, data, s->title_size);
        return true;
    }
    return fail_without_title(s, other, err);
}

bool session_open_title(struct session *s, const char *path, struct err *err)
{
    char found[PATH_MAX], folder[PATH_MAX];
    if (!title_path(path, found, sizeof found, err))
        return false;
    bool is_image = folder_is_image(found);
    if (!is_image && !file_load(found, &s->title, &s->title_size, err))
        return false;
    if (!realpath(found, s->title_path))
        return err_set(err, "%s: its path cannot be resolved", found);
    snprintf(folder, sizeof folder, "%s", s->title_path);
    if (!is_image)
        *strrchr(folder, '/') = '\0';
    s->answers.disc =
        (is_image ? folder_open_image : folder_open)(folder[0] ? folder : "/", SESSION_DISC_FILETIME, err);
    return s->answers.disc && (!is_image || load_from_disc(s, err));
}

bool session_load_patch(struct session *s, const char *path, struct err *err)
{
    return !path || (file_load(path, &s->patch, &s->patch_size, err) &&
                     (realpath(path, s->patch_path) || err_set(err, "%s: its path cannot be resolved", path)));
}

static bool is_database(const char *path)
{
    char head[16] = "";
    FILE *f = fopen(path, "rb");
    bool is = f && fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, "SQLite format 3", sizeof head) == 0;
    if (f)
        fclose(f);
    return is;
}

/* A journal may be large: a database is left to SQLite. */
static bool load_names(struct session *s, const char *path, struct err *err)
{
    u8 *file;
    size_t size;
    struct err why;
    bool good;
    if (is_database(path))
        return names_add_database(&s->names, path, &why) || err_set(err, "%s: %s", path, why.text);
    if (!file_load(path, &file, &size, err))
        return false;
    if (size > 4 && memcmp(file, "\177ELF", 4) == 0)
        good = names_add_elf(&s->names, file, size, &why);
    else
        good = names_add_text(&s->names, file, size, &why);
    free(file);
    return good || err_set(err, "%s: %s", path, why.text);
}

bool session_load_names(struct session *s, const struct cli *cli, struct err *err)
{
    u32 place = 0;
    bool good = true;
    for (const char *path; good && (path = cli_next(cli, "symbols", &place)) != NULL;)
        good = load_names(s, path, err);
    names_sort(&s->names);
    return good;
}

bool session_read_stop(struct session *s, const struct cli *cli, struct err *err)
{
    const char *until = cli_value(cli, "until");
    return (!until || stop_parse(&s->stop_at, until, err)) &&
           cli_ticks(cli, "stall-limit", &s->stop_at.stall_limit, err);
}

bool session_load_keys(struct session *s, const struct cli *cli, struct err *err)
{
    const char *path = cli_value(cli, "keys");
    return !path || keys_load(path, &s->keys, err);
}

static void print_text(struct session *s)
{
    if (s->mute)
        return;
    fputs(s->text ? s->text : "", stdout);
    fputc('\n', stdout);
}

/* With hashes only, the listener hears a run of its own: what the machine says of itself, numbered from 0. */
static void forward(struct session *s, const struct event *event)
{
    if (!s->hashes_only) {
        s->next.emit(s->next.context, event);
        return;
    }
    if (event->kind != EVENT_hash && event->kind != EVENT_end)
        return;
    struct event alone = *event;
    alone.seq = s->forwarded;
    alone.index = (u32)s->forwarded;
    s->forwarded++;
    s->next.emit(s->next.context, &alone);
}

static void observe(void *context, const struct event *event)
{
    struct session *s = context;
    s->last[s->last_count++ % SESSION_LAST_EVENTS] = *event;
    if (event->kind == EVENT_print)
        print_text(s);
    recent_hear(s->recent, event, s->text);
    stop_hear(&s->stop_at, s->engine, event, s->text);
    if (s->stop_at.reached && s->piece)
        s->piece->tick = s->engine->m->slice_end;
    if (event->kind == EVENT_hash)
        s->last_hash = event->v[F_hash_root];
    if (s->next.emit)
        forward(s, event);
}

static u32 intern(void *context, const char *text, size_t size)
{
    struct session *s = context;
    if (size + 1 > s->text_capacity) {
        char *grown = realloc(s->text, size + 1);
        CHECK(grown, "no memory for a text of %zu bytes", size);
        s->text = grown;
        s->text_capacity = size + 1;
    }
    memcpy(s->text, text, size);
    s->text[size] = '\0';
    if (!s->next.intern || s->hashes_only)
        return 0;
    return s->next.intern(s->next.context, text, size);
}

static void write_slice(void *context, const struct engine *e)
{
    const struct session *s = context;
    changes_write_slice(s->schedule, e);
}

static void note(void *context, const char *line)
{
    (void)context;
    fflush(stdout);
    fprintf(stderr, "lockstep: %s\n", line);
}

/* For broken invariants: where the machine was. */
static void tell_place(void *context)
{
    const struct session *s = context;
    const struct machine *m = s->engine->m;
    const struct thread *t = &m->threads[m->running];
    fprintf(stderr, "lockstep: at tick %llu, thread %u, pc %08X, lr %08X; the last events were:\n",
            (unsigned long long)m->tick, t->id, t->cpu.pc, (u32)t->cpu.lr);
    u64 first = s->last_count > SESSION_LAST_EVENTS ? s->last_count - SESSION_LAST_EVENTS : 0;
    for (u64 i = first; i < s->last_count; i++) {
        const struct event *event = &s->last[i % SESSION_LAST_EVENTS];
        fprintf(stderr, "  %llu: tick %llu thread %u %s op %X lr %08X\n", (unsigned long long)event->seq,
                (unsigned long long)event->time, event->thread, event_type(event->kind)->name, event->op, event->lr);
    }
}

bool session_boot(struct session *s, const struct config *config, bool stepping, struct err *err)
{
    s->recent = calloc(1, sizeof *s->recent);
    s->engine = s->recent ? engine_create(err) : NULL;
    if (!s->engine)
        return s->recent ? false : err_set(err, "no memory for the last calls");
    struct engine *e = s->engine;
    e->m->config = *config;
    e->gate = s->gate;
    e->strict = s->strict;
    e->stepping = stepping;
    e->note = note;
    e->note_context = s;
    e->observer = (struct observer){.context = s, .emit = observe, .intern = intern};
    e->observer.slice = s->schedule ? write_slice : NULL;
    check_set_hook(tell_place, s);
    struct err why;
    const struct loader_files files = {.title = s->title,
                                       .title_size = s->title_size,
                                       .patch = s->patch,
                                       .patch_size = s->patch_size,
                                       .patch_name = s->patch_path,
                                       .keys = &s->keys};
    return boot_title(e, &files, &why) || err_set(err, "%s: %s", s->title_path, why.text);
}

static u64 host_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static void show_progress(const struct session *s, u64 *shown_ms)
{
    u64 now = host_ms();
    if (s->quiet || now - s->started_ms < 1000 || now - *shown_ms < 250)
        return;
    *shown_ms = now;
    const struct machine *m = s->engine->m;
    fprintf(stderr, "\r%.3f s virtual, %llu M instructions, %llu k events ", (double)m->tick / TICKS_PER_SECOND,
            (unsigned long long)(m->instructions / 1000000), (unsigned long long)(m->events / 1000));
}

enum machine_result session_run(struct session *s, const struct until *until)
{
    struct machine *m = s->engine->m;
    enum machine_result result = MACHINE_REACHED;
    bool shows = isatty(2);
    u64 shown_ms = 0;
    s->started_ms = host_ms();
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    struct until piece = *until;
    s->piece = &piece;
    for (;;) {
        u64 next = m->slice_end + PIECE_TICKS;
        piece.tick = until->tick && until->tick < next ? until->tick : next;
        if (m->next_deadline != TICKS_NEVER && m->next_deadline >= piece.tick && piece.tick != until->tick)
            piece.tick = until->tick && until->tick <= m->next_deadline ? until->tick : m->next_deadline + 1;
        result = machine_run(s->engine, &piece);
        if (shows)
            show_progress(s, &shown_ms);
        bool reached = (until->tick && piece.tick >= until->tick) || (until->events && m->events >= until->events) ||
                       (until->instructions && m->instructions >= until->instructions);
        if (result == MACHINE_REACHED && s->writer && journal_failed(s->writer, &s->engine->err))
            result = MACHINE_HOST_ERROR;
        stop_look(&s->stop_at, s->engine);
        if (result != MACHINE_REACHED || reached || interrupted || s->stop || s->stop_at.reached || s->stop_at.stalled)
            break;
    }
    s->piece = NULL;
    if (shown_ms)
        fputs("\r\033[K", stderr);
    return result;
}

void session_finish(struct session *s)
{
    check_set_hook(NULL, NULL);
    engine_destroy(s->engine);
    nondet_destroy(s->gate);
    answers_finish(&s->answers);
    changes_free(&s->changes);
    free(s->title);
    free(s->patch);
    free(s->recent);
    names_finish(&s->names);
    free(s->text);
}
