/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "diff/child.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void child_add(struct child *child, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *at = child->text + child->used;
    int size = vsnprintf(at, sizeof child->text - child->used, format, args);
    va_end(args);
    CHECK(size >= 0 && (size_t)size < sizeof child->text - child->used && child->count + 2 < CHILD_ARGUMENTS,
          "a child's command line is too long");
    child->argument[child->count++] = at;
    child->used += (size_t)size + 1;
}

/* lockstep-emu lies beside this program, installed or not. */
static bool find_program(char *path, size_t capacity, struct err *err)
{
    char own[3072];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length < 0)
        return err_set(err, "cannot read /proc/self/exe: %s", strerror(errno));
    own[length] = '\0';
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = '\0';
    snprintf(path, capacity, "%s/lockstep-emu", own);
    return access(path, X_OK) == 0 || err_set(err, "%s: %s: runs need the emulator", path, strerror(errno));
}

static bool start(struct child *child, const char *program, struct err *err)
{
    int ends[2];
    char *argv[CHILD_ARGUMENTS + 2];
    if (child->program)
        program = child->program;
    argv[0] = (char *)(uintptr_t)program;
    for (u32 i = 0; i < child->count; i++)
        argv[1 + i] = (char *)(uintptr_t)child->argument[i];
    argv[1 + child->count] = NULL;
    if (pipe(ends) != 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    child->process = fork();
    if (child->process == 0) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        execv(program, argv);
        _exit(127);
    }
    close(ends[1]);
    child->pipe = ends[0];
    if (child->process > 0)
        return true;
    close(ends[0]);
    return err_set(err, "cannot start %s: %s", program, strerror(errno));
}

/* Keeps the end of what it prints. */
static void listen_to(struct child *child)
{
    size_t room = sizeof child->said - 1, have = 0;
    char part[512];
    ssize_t size;
    while ((size = read(child->pipe, part, sizeof part)) > 0 || (size < 0 && errno == EINTR)) {
        size_t n = size < 0 ? 0 : (size_t)size;
        if (have + n > room) {
            size_t drop = have + n - room;
            memmove(child->said, child->said + drop, have - drop);
            have -= drop;
        }
        memcpy(child->said + have, part, n);
        have += n;
    }
    child->said[have] = '\0';
    close(child->pipe);
}

static void finish(struct child *child)
{
    int status = 0;
    listen_to(child);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR)
        continue;
    child->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool child_run(struct child *const *children, u32 count, struct err *err)
{
    char program[4096];
    u32 started = 0;
    if (!find_program(program, sizeof program, err))
        return false;
    while (started < count && start(children[started], program, err))
        started++;
    for (u32 i = 0; i < started; i++)
        finish(children[i]);
    return started == count;
}

bool child_folder_make(char *path, size_t capacity, struct err *err)
{
    const char *base = getenv("TMPDIR");
    snprintf(path, capacity, "%s/lockstep.XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(path) || err_set(err, "%s: %s", path, strerror(errno));
}

void child_folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char name[4608];
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        unlink(name);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}
