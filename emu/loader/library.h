/* SPDX-License-Identifier: BSD-3-Clause
 * Libraries (DLLs) of a title: loaded from its disc by name, placed where they were linked to, with their exports by
 * ordinal and by name. A library's entry point is called on the loading thread before the load returns (reason 1), in
 * each new thread (2) and each that ends by its own doing (3), and when its last user is gone (0), as entry(handle,
 * reason, 0); a load whose entry point returns 0 fails. Reading one from the disc takes no virtual time. One that has
 * data in static TLS is refused by name, and one whose place is taken does not load: no image says how to move it. */
#ifndef EMU_LOADER_LIBRARY_H
#define EMU_LOADER_LIBRARY_H

#include "emu/engine.h"

struct kcall;

/* By name ("game:\\dir\\x.dll" is "x.dll") or handle; NULL: there is none such. */
struct library *library_find(struct engine *e, const char *name);
struct library *library_by_handle(struct engine *e, u32 handle);
/* Guest address; 0: no such export. */
u32 library_export(struct engine *e, const struct library *library, u32 ordinal);
u32 library_export_by_name(struct engine *e, const struct library *library, const char *name);

/* What an import table names: the library of that name, loaded from the title's folder if it is not there yet, with one
 * reference more. The entry point is due on the running thread, or the title's first. */
struct library *library_need(struct engine *e, const char *name, u32 *status, struct err *err);
/* XexLoadImage, and the same of a file that stands in guest memory. The result for r3; or the call goes on
 * (kcall.no_return, retry). */
u64 library_load(struct kcall *k, const char *path, u32 out);
u64 library_load_from_memory(struct kcall *k, const char *name, u32 image, u32 size, u32 out);
u64 library_unload(struct kcall *k, struct library *library);
/* When the entry points that are due on the thread have returned, it ends. */
void library_then_exit(struct engine *e, struct thread *thread, u32 exit_code);

/* The title's first thread calls the entry points of the libraries that the title imports from before it begins. */
void library_run_first(struct engine *e, struct thread *thread);
/* A new thread tells each library that there is one before it begins; and when it ends, the last loaded first (true:
 * the end goes on when they have returned). */
void library_tell_thread(struct engine *e, struct thread *thread);
bool library_tell_end(struct engine *e, struct thread *thread, u32 exit_code);
/* The trampoline at machine.return_pc calls it: an entry point returned. */
void library_on_return(struct engine *e, struct thread *thread);

#endif
