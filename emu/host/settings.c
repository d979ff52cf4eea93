/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE
#include "emu/host/settings.h"

#include "emu/host/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* 100 ns units between 1601 and 1970. */
#define FILETIME_1970 116444736000000000ull

bool settings_config(const struct cli *cli, struct config *config, struct err *err)
{
    u32 place = 0;
    config_default(config);
    if (!cli_u64(cli, "chaos", &config->chaos_seed, err))
        return false;
    for (const char *text; (text = cli_next(cli, "set", &place));) {
        char key[64];
        u64 value;
        if (!cli_read_setting(text, key, sizeof key, &value))
            return err_set(err, "--set %s: expected NAME=NUMBER", text);
        if (!config_set(config, key, value, err))
            return false;
    }
    return true;
}

static bool host_choices(struct answers *a, struct err *err)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    a->boot_time = FILETIME_1970 + (u64)now.tv_sec * 10000000 + (u64)now.tv_nsec / 100;
    if (getrandom(&a->seed, sizeof a->seed, 0) != sizeof a->seed)
        return err_set(err, "the host gives no random seed: %s (use --seed N)", strerror(errno));
    a->setting[SETTING_LANGUAGE] = 1;
    a->setting[SETTING_REGION] = 0xFF;
    return true;
}

static bool open_partitions(struct answers *a, const char *cache, struct err *err)
{
    for (u32 device = 0; device < DEVICES; device++) {
        const char *name = partition_folder(device);
        char path[4096];
        struct stat st;
        if (!name)
            continue;
        snprintf(path, sizeof path, "%s/%s", cache, name);
        if (stat(path, &st) != 0 && errno == ENOENT)
            continue;
        if (!(a->partition[device] = folder_open(path, 0, err)))
            return false;
    }
    return true;
}

bool settings_answers(const struct cli *cli, struct answers *answers, bool *usage, struct err *err)
{
    *usage = false;
    if (!host_choices(answers, err))
        return false;
    *usage = true;
    if (!cli_u64(cli, "seed", &answers->seed, err) || !cli_filetime(cli, "boot-time", &answers->boot_time, err) ||
        !cli_u64(cli, "language", &answers->setting[SETTING_LANGUAGE], err))
        return false;
    const char *launch_data = cli_value(cli, "launch-data");
    if (launch_data && !answers_launch_data(answers, launch_data, err))
        return false;
    u32 place = 0;
    for (const char *text; (text = cli_next(cli, "mount", &place));)
        if (!answers_check_mount(text, err))
            return false;
    *usage = false;
    place = 0;
    for (const char *text; (text = cli_next(cli, "mount", &place));)
        if (!answers_mount(answers, text, SESSION_DISC_FILETIME, err))
            return false;
    const char *pads = cli_value(cli, "pads");
    if (pads && !(answers->pads = pads_load(pads, err)))
        return false;
    const char *cache = cli_value(cli, "cache");
    return !cache || cli_has(cli, "cold") || open_partitions(answers, cache, err);
}

void settings_hash(char hash[33], const void *bytes, size_t size)
{
    XXH128_hash_t h = XXH3_128bits(bytes, size);
    snprintf(hash, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
}

void settings_to_journal(struct journal_writer *w, const struct session *s, const struct config *config)
{
    char hash[33];
    settings_hash(hash, s->title, s->title_size);
    journal_meta(w, "engine", "lockstep");
    journal_meta(w, "engine.version", version_number());
    journal_meta(w, "engine.build", version_build());
    journal_meta_u64(w, "machine.semantics", MACHINE_SEMANTICS);
    journal_meta(w, "title.path", s->title_path);
    journal_meta(w, "title.hash", hash);
    journal_meta_u64(w, "title.size", s->title_size);
    if (s->patch) {
        settings_hash(hash, s->patch, s->patch_size);
        journal_meta(w, "patch.path", s->patch_path);
        journal_meta(w, "patch.hash", hash);
    }
    journal_meta_u64(w, "strict", s->strict);
    for (u32 i = 0; i < MOUNTS_MAX && s->answers.mounts[i].name[0]; i++) {
        char key[16], value[sizeof s->answers.mounts[i].name + sizeof s->answers.mounts[i].path];
        snprintf(key, sizeof key, "mount.%u", i);
        snprintf(value, sizeof value, "%s=%s", s->answers.mounts[i].name, s->answers.mounts[i].path);
        journal_meta(w, key, value);
    }
    journal_meta(w, "events", s->hashes_only ? "none" : "kernel");
    const char *name;
    for (size_t row = 0;; row++) {
        char key[96];
        u64 value = config_get(config, row, &name);
        if (!name)
            break;
        snprintf(key, sizeof key, "config.%s", name);
        journal_meta_u64(w, key, value);
    }
}

bool settings_mounts_from_journal(const struct journal_reader *r, const struct cli *cli, struct answers *answers,
                                  struct err *err)
{
    for (u32 i = 0; i < MOUNTS_MAX; i++) {
        char key[16];
        snprintf(key, sizeof key, "mount.%u", i);
        const char *recorded = journal_get(r, key), *used = recorded;
        u32 place = 0;
        for (const char *text; recorded && (text = cli_next(cli, "mount", &place));)
            if (!strncasecmp(text, recorded, strcspn(recorded, "=") + 1))
                used = text;
        if (used && !answers_mount(answers, used, SESSION_DISC_FILETIME, err))
            return false;
    }
    return true;
}

/* Every value must be there: one that was lost would be another configuration. */
static bool config_from_journal(const struct journal_reader *r, struct config *config, struct err *err)
{
    config_default(config);
    for (size_t i = 0;; i++) {
        const char *name;
        char key[80];
        u64 value;
        config_get(config, i, &name);
        if (!name)
            break;
        snprintf(key, sizeof key, "config.%s", name);
        if (!journal_get_u64(r, key, &value))
            return err_set(err, "the journal has no %s, or it is damaged", key);
        if (!config_set(config, name, value, err))
            return false;
    }
    for (size_t i = 0; i < journal_meta_count(r); i++) {
        const char *key, *text;
        u64 value;
        journal_meta_at(r, i, &key, &text);
        if (strncmp(key, "config.", 7) == 0 &&
            (!journal_get_u64(r, key, &value) || !config_set(config, key + 7, value, err)))
            return err_set(err, "the journal's configuration cannot be used here: %s = %s", key, text);
    }
    return true;
}

bool settings_from_journal(const struct journal_reader *r, struct config *config, bool *strict, struct err *err)
{
    u64 semantics, is_strict;
    const char *engine = journal_get(r, "engine"), *build = journal_get(r, "engine.build");
    if (!engine || strcmp(engine, "lockstep") != 0)
        return err_set(err, "the journal is of another engine (%s): only journals recorded by lockstep can be replayed",
                       engine ? engine : "unnamed");
    if (!journal_get_u64(r, "machine.semantics", &semantics))
        return err_set(err, "the journal has no machine.semantics, or it is damaged");
    if (semantics != MACHINE_SEMANTICS)
        return err_set(err,
                       "the journal was recorded under machine semantics %llu; this build has %u: use the build %s",
                       (unsigned long long)semantics, MACHINE_SEMANTICS, build ? build : "that recorded it");
    if (!journal_get_u64(r, "strict", &is_strict))
        return err_set(err, "the journal does not say whether it was recorded with --strict, or that is damaged");
    *strict = is_strict != 0;
    return config_from_journal(r, config, err);
}
