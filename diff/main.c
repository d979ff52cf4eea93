/* SPDX-License-Identifier: BSD-3-Clause
 * The program lockstep-diff: everything that only reads journals, or makes them of logs. */
#include "diff/commands.h"

#include <malloc.h>

/* Memory that was paid for stays: what a block was unpacked to, or a table outgrew, is used again, not given back to
 * the system and asked for again. All of it in one heap, which huge pages (cli/main.c) fit without edges. 32 MiB is the
 * most that glibc takes; larger tables grow by moving their pages. */
static void tune_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 1 << 20);
}

int main(int argc, char **argv)
{
    /* clang-format off */
    static const struct cli_command commands[] = {
        {"anchor", cmd_anchor},
        {"callers", cmd_callers},
        {"cites", cmd_cites},
        {"samples", cmd_samples},
        {"hypothesis", cmd_hypothesis},
        {"args", cmd_args},
        {"attach", cmd_attach},
        {"bisect", cmd_bisect},
        {"calls", cmd_calls},
        {"coverage", cmd_coverage},
        {"diff", cmd_diff},
        {"envdiff", cmd_envdiff},
        {"explain", cmd_explain},
        {"export", cmd_export},
        {"files", cmd_files},
        {"fires", cmd_fires},
        {"first", cmd_first},
        {"gate", cmd_gate},
        {"idioms", cmd_idioms},
        {"import", cmd_import},
        {"info", cmd_info},
        {"log", cmd_log},
        {"loops", cmd_loops},
        {"objects", cmd_objects},
        {"progress", cmd_progress},
        {"reach", cmd_reach},
        {"report", cmd_report},
        {"skew", cmd_skew},
        {"search", cmd_search},
        {"spawns", cmd_spawns},
        {"sql", cmd_sql},
        {"tail", cmd_tail},
        {"threads", cmd_threads},
        {"timeline", cmd_timeline},
        {"verify", cmd_verify},
        {"waits", cmd_waits},
        {"wedge", cmd_wedge},
        {"whatif", cmd_whatif},
    };
    /* clang-format on */
    tune_memory();
    return cli_main(argc, argv, commands, countof(commands));
}
