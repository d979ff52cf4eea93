/* SPDX-License-Identifier: BSD-3-Clause
 * The estimate instructions: tables of straight lines, as the processor has them, in integers alone.
 *
 * What is measured and what is inferred:
 * - vrefp, vrsqrtefp, vexptefp, vlogefp. The console's recorded vectors give 128 operands, whole significands of result
 *   each, over half of the reciprocals' lines; every one is met. The lines themselves are those that other emulators
 *   have measured on relatives of this processor: of the reciprocals on the 750 (its fres and frsqrte, in full), of the
 *   exponential and the logarithm on the Cell's PPE, whose vector unit is of the same design. Inferred: that the lines
 *   which no recorded operand lies on are the same here, and what becomes of denormals when VSCR.NJ is off.
 * - fres, frsqrte. Recorded are 1, -1, zeros and infinities. They meet the steps measured on the Cell's PPE (128 and
 *   16 of them). Inferred: all else, and the results for denormals. */
#ifndef EMU_CPU_ESTIMATE_H
#define EMU_CPU_ESTIMATE_H

#include "schema/base.h"

/* Lanes: single bits; an operand that is a NaN is made quiet. flush: VSCR.NJ. */
u32 estimate_reciprocal(u32 x, bool flush);
u32 estimate_root(u32 x, bool flush);
u32 estimate_power(u32 x, bool flush);
u32 estimate_logarithm(u32 x, bool flush);

/* Double bits of a finite number that is not zero. 1/x is not rounded to single yet; the root is of a positive x. */
u64 estimate_fres(u64 x);
u64 estimate_frsqrte(u64 x);

#endif
