/* SPDX-License-Identifier: BSD-3-Clause
 * A run as a trace in Chrome's JSON, which Perfetto and chrome://tracing read: a track for each thread, a slice for
 * each call and each wait that blocked, an arrow from the call that woke a thread to the wait that it ended. Times are
 * microseconds of the journal's clock; where that is none, its units. A slice that never ended goes on to the end of
 * the run and says so; where the log tells no returns of an op, its calls are points, but for the thread's last one.
 * Of a window there are the calls and arrows that begin in it, and the waits that go on in it. */
#ifndef DIFF_TRACE_H
#define DIFF_TRACE_H

#include "diff/query.h"

/* Waits must be made. False: damage. */
bool trace_write(struct query *q, FILE *out, struct err *err);

#endif
