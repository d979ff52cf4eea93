/* SPDX-License-Identifier: BSD-3-Clause
 * The boot: settings, heap, workers, storage, the cache loader and its join, audio, frames, an orderly end, a summary.
 */
#include "coldboot.h"

/* Starts the loader as boots do: suspended, then resumed, then joined. */
static void load(struct loader *loader)
{
    HANDLE storage = storage_mount(loader);
    if (settings.misbehave != MISBEHAVE_UNINITIALISED_FLAG)
        wait_for(storage);
    HANDLE thread = loader_start(loader);
    NtResumeThread(thread, NULL);
    wait_for(thread);
    NtClose(thread);
    NtClose(storage);
    DbgPrint("coldboot: %u loaded, %u hit, %u bad, checksum %08x\n", loader->loaded, loader->hit, loader->bad,
             loader->checksum);
}

int main(void)
{
    struct audio_totals audio;
    if (!settings_load() || !heap_init() || !item_table_load() || !dispatch_start()) {
        DbgPrint("coldboot: cannot start\n");
        return 2;
    }
    struct loader *loader = heap_alloc(sizeof *loader);
    load(loader);
    if (!audio_start())
        return 2;
    u32 job_sum = frame_loop();
    audio_stop(&audio);
    u32 done = dispatch_stop();
    bool good = !loader->bad;
    heap_free(loader);
    DbgPrint("coldboot: audio %u ticks, %u mixed, %u played, checksum %08x\n", audio.ticks, audio.mixed, audio.played,
             audio.checksum);
    DbgPrint("coldboot: frames %u, jobs %u, checksum %08x, work %u, heap %u\n", settings.frames,
             settings.frames * settings.jobs, job_sum, done, heap_in_use());
    DbgPrint("coldboot: done\n");
    return good ? 0 : 3;
}
