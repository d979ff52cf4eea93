/* SPDX-License-Identifier: BSD-3-Clause
 * The files of a run (diff/files.h). */
#include "diff/files.h"
#include "diff/map.h"
#include "diff/marks.h"
#include "diff/select.h"

#include <stdlib.h>

struct build {
    struct run *run;
    struct files *files;
    const struct objects *objects;
    const struct site_fact *facts;
    u32 *last_use;    /* by place: its last use, which a return may still complete; UINT32_MAX: none */
    struct map paths; /* by object: the path it was opened with */
};

static u8 act_of(u8 role)
{
    switch (role) {
    case ROLE_OPEN:
        return FILE_OPEN;
    case ROLE_QUERY:
        return FILE_QUERY;
    case ROLE_READ:
        return FILE_READ;
    case ROLE_WRITE:
        return FILE_WRITE;
    case ROLE_DELETE:
        return FILE_DELETE;
    default:
        return FILE_OTHER;
    }
}

static struct file_use *add_use(struct build *b, const struct mark *m, const struct run_site *site)
{
    struct files *f = b->files;
    if (!(f->use_count & (f->use_count - 1))) {
        f->uses = realloc(f->uses, (f->use_count ? f->use_count * 2 : 1) * sizeof *f->uses);
        CHECK(f->uses, "out of memory");
    }
    b->last_use[m->place] = f->use_count;
    struct file_use *use = &f->uses[f->use_count++];
    *use = (struct file_use){.place = m->place,
                             .position = m->position,
                             .seq = m->seq,
                             .time = m->time,
                             .op = site->op,
                             .lr = site->lr,
                             .act = act_of(role_of(site->op).role)};
    return use;
}

static bool tells(const struct mark *m, u32 field)
{
    return !(m->missing >> field & 1);
}

static void on_file(struct build *b, const struct mark *m)
{
    const struct run_site *site = run_site(b->run, m->site);
    struct file_use *use =
        add_use(b, m, site->op || m->call_site == UINT32_MAX ? site : run_site(b->run, m->call_site));
    use->name = (u32)m->v[F_file_path];
    use->has_status = tells(m, F_file_status);
    use->status = (u32)m->v[F_file_status];
    use->handle = m->v[F_file_handle];
    use->has_length = tells(m, F_file_length);
    use->length = m->v[F_file_length];
}

static bool is_file_role(u8 role)
{
    return role >= ROLE_OPEN && role <= ROLE_INFORM;
}

/* A call names its file by path, or by a handle that was opened with one. */
static void on_call(struct build *b, const struct mark *m)
{
    struct role_row role = b->facts[m->site].role;
    u64 handle = role.how == ROLE_BY_HANDLE && tells(m, MARK_OBJECT) ? m->v[MARK_OBJECT] : 0;
    u32 path = tells(m, MARK_TEXT) ? (u32)m->v[MARK_TEXT] : 0;
    u32 object = handle ? objects_by_handle(b->objects, handle, m->seq) : OBJECTS_NONE;
    b->last_use[m->place] = UINT32_MAX;
    if (!path && object != OBJECTS_NONE) {
        u32 opened = map_get(&b->paths, object);
        path = opened == MAP_NONE ? b->objects->rows[object].name : opened;
    }
    if (!path)
        return;
    struct file_use *use = add_use(b, m, run_site(b->run, m->site));
    use->name = path;
    use->handle = handle;
    use->has_length = (use->act == FILE_READ || use->act == FILE_WRITE) && tells(m, MARK_A6);
    use->length = use->has_length ? (u32)m->v[MARK_A6] : 0;
}

static struct file_use *use_of_call(struct build *b, const struct mark *m)
{
    u32 last = b->last_use[m->place];
    struct file_use *use = last == UINT32_MAX ? NULL : &b->files->uses[last];
    return use && m->call_site != UINT32_MAX && use->position == m->position - m->call_back ? use : NULL;
}

static void on_return(struct build *b, const struct mark *m)
{
    struct file_use *use = use_of_call(b, m);
    if (!use || !tells(m, F_return_result) || b->facts[m->site].op != use->op)
        return;
    use->has_status = true;
    use->status = (u32)m->v[F_return_result];
    b->last_use[m->place] = UINT32_MAX;
}

static void on_create(struct build *b, const struct mark *m)
{
    struct file_use *use = use_of_call(b, m);
    u32 object = objects_by_hsid(b->objects, m->v[F_handle_create_hsid]);
    if (!use || use->act != FILE_OPEN)
        return;
    use->handle = m->v[F_handle_create_handle];
    if (object == OBJECTS_NONE)
        object = objects_by_handle(b->objects, use->handle, m->seq + 1);
    if (object != OBJECTS_NONE)
        map_set(&b->paths, object, use->name);
}

static void note(struct build *b, const struct mark *m)
{
    if (m->kind == EVENT_file)
        on_file(b, m);
    else if (m->kind == EVENT_call)
        on_call(b, m);
    else if (m->kind == EVENT_return)
        on_return(b, m);
    else
        on_create(b, m);
}

/* ---- Paths. ---- */

static int fold(char c)
{
    return c == '/' ? '\\' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int file_paths_compare(const char *a, size_t size_a, const char *b, size_t size_b)
{
    for (size_t i = 0; i < size_a && i < size_b; i++)
        if (fold(a[i]) != fold(b[i]))
            return fold(a[i]) < fold(b[i]) ? -1 : 1;
    return size_a < size_b ? -1 : size_a > size_b;
}

static char *folded(const char *text)
{
    char *copy = strdup(text);
    CHECK(copy, "out of memory");
    for (char *c = copy; *c; c++)
        *c = (char)fold(*c);
    return copy;
}

bool file_path_matches(const char *pattern, const char *path)
{
    char *folded_pattern = folded(pattern), *folded_path = folded(path);
    bool matches = select_matches(folded_pattern, folded_path);
    free(folded_pattern);
    free(folded_path);
    return matches;
}

struct spelling {
    const char *text;
    size_t size;
    u32 name, index; /* index: of spellings in order of their first use */
};

static int by_text(const void *a, const void *b)
{
    const struct spelling *x = a, *y = b;
    int order = file_paths_compare(x->text, x->size, y->text, y->size);
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static int by_seq(const void *a, const void *b)
{
    const struct file_use *x = a, *y = b;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Gives each use, which are in order of seq, the number of its path: paths are numbered by their first use. */
static void number_paths(struct build *b)
{
    struct files *f = b->files;
    struct map known = {0};
    struct spelling *all = malloc((f->use_count + 1u) * sizeof *all);
    u32 count = 0;
    CHECK(all, "out of memory");
    for (u32 i = 0; i < f->use_count; i++) {
        u32 name = f->uses[i].name;
        if (map_get(&known, name) != MAP_NONE)
            continue;
        map_set(&known, name, count);
        all[count] = (struct spelling){.name = name, .index = count};
        all[count].text = journal_string(run_journal(b->run), name, &all[count].size);
        count++;
    }
    if (count)
        qsort(all, count, sizeof *all, by_text);
    for (u32 i = 0, first = 0; i < count; i++) {
        if (file_paths_compare(all[first].text, all[first].size, all[i].text, all[i].size))
            first = i;
        map_set(&known, all[i].name, all[first].index);
    }
    for (u32 i = 0; i < f->use_count; i++)
        f->uses[i].path = map_get(&known, f->uses[i].name);
    map_free(&known);
    free(all);
}

static int by_path(const void *a, const void *b)
{
    const struct file_use *x = a, *y = b;
    return x->path != y->path ? (x->path < y->path ? -1 : 1) : by_seq(a, b);
}

/* ---- Rows. ---- */

static void count_use(struct file_row *row, const struct file_use *use)
{
    row->acts[use->act]++;
    row->failures += use->has_status && use->status >> 31;
    row->last_time = use->time;
    if (use->has_status) {
        row->has_status = true;
        row->last_status = use->status;
    }
    bool succeeded = use->has_length && !(use->has_status && use->status >> 31);
    if (succeeded && use->act == FILE_READ)
        row->bytes_read += use->length;
    else if (succeeded && use->act == FILE_WRITE)
        row->bytes_written += use->length;
    else if (succeeded && (use->act == FILE_OPEN || use->act == FILE_QUERY)) {
        row->has_size = true;
        row->size = use->length;
    }
}

/* From here on a use's path, until now a number with gaps, is its row. */
static void make_rows(struct build *b)
{
    struct files *f = b->files;
    u32 path = 0;
    if (f->use_count) {
        qsort(f->uses, f->use_count, sizeof *f->uses, by_seq);
        number_paths(b);
        qsort(f->uses, f->use_count, sizeof *f->uses, by_path);
    }
    f->rows = malloc((f->use_count + 1u) * sizeof *f->rows);
    CHECK(f->rows, "out of memory");
    for (u32 i = 0; i < f->use_count; i++) {
        struct file_use *use = &f->uses[i];
        if (!f->count || path != use->path)
            f->rows[f->count++] = (struct file_row){.path = use->name, .first_time = use->time, .first_use = i};
        path = use->path;
        count_use(&f->rows[f->count - 1], use);
        f->rows[f->count - 1].use_count++;
        use->path = f->count - 1;
    }
}

bool files_make(struct files *f, struct run *run, const struct objects *objects, struct err *err)
{
    u32 sites = run_site_count(run), threads = run_thread_count(run);
    struct site_fact *facts = sites_make(run);
    struct build b = {.run = run, .files = f, .objects = objects, .facts = facts};
    const struct mark *mark;
    bool tells_files = sites_have(run, EVENT_file);
    u8 *wanted = calloc(sites + 1u, 1);
    b.last_use = malloc((threads + 1u) * sizeof *b.last_use);
    CHECK(wanted && b.last_use, "out of memory");
    memset(b.last_use, 0xFF, threads * sizeof *b.last_use);
    for (u32 i = 0; i < sites; i++) {
        bool of_call =
            is_file_role(facts[i].role.role) && (facts[i].kind == EVENT_call || facts[i].kind == EVENT_return);
        bool is_create = facts[i].kind == EVENT_handle_create && (!facts[i].op || facts[i].role.role == ROLE_OPEN);
        wanted[i] = tells_files ? facts[i].kind == EVENT_file : of_call || is_create;
    }
    *f = (struct files){0};
    struct marks *marks = marks_open(run, facts, wanted, NULL);
    int more;
    while ((more = marks_next(marks, &mark, err)) > 0)
        note(&b, mark);
    make_rows(&b);
    marks_close(marks);
    map_free(&b.paths);
    free(b.last_use);
    free(wanted);
    free(facts);
    return !more;
}

void files_free(struct files *f)
{
    free(f->rows);
    free(f->uses);
    *f = (struct files){0};
}

const char *file_act_name(u8 act)
{
    static const char *const names[] = {"open", "query", "read", "write", "delete", "other"};
    return act < countof(names) ? names[act] : "unknown";
}
