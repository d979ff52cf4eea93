/* SPDX-License-Identifier: BSD-3-Clause
 * gen seeds: both investigations, each in a folder of its own. */
#include "tests/gen/seeds.h"
#include "tests/gen/options.h"

#include <stdio.h>
#include <stdlib.h>

u64 seed_write_log(struct gen_script *script, const char *folder, const char *name)
{
    char path[600];
    struct gen_out *out = calloc(1, sizeof *out);
    struct gen_emitter *emitter = calloc(1, sizeof *emitter);
    CHECK(out && emitter, "no memory for a log");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    out_open(out, path);
    emit_init(emitter, script->style == STYLE_OURS ? FORMAT_ours : FORMAT_canary, out, 1);
    u64 events = script_write(script, &emitter->sink);
    out_close(out);
    free(emitter);
    free(out);
    return events;
}

void seed_write_text(const char *folder, const char *name, const char *text)
{
    char path[600];
    struct gen_out *out = calloc(1, sizeof *out);
    CHECK(out, "no memory for a file");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    out_open(out, path);
    out_text(out, text);
    out_close(out);
    free(out);
}

int gen_seeds(const struct gen_options *options)
{
    char cache[600], audio[600];
    snprintf(cache, sizeof cache, "%s/cache", options->output);
    snprintf(audio, sizeof audio, "%s/audio", options->output);
    if (!out_make_folder(options->output) || !out_make_folder(cache) || !out_make_folder(audio))
        return 1;
    seed_cache(cache);
    seed_audio(audio);
    return 0;
}
