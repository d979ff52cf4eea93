/* SPDX-License-Identifier: BSD-3-Clause */
#include "emu/hid/pad.h"

#include "replay/nondet.h"

bool pad_read(struct engine *e, u32 pad, u8 state[PAD_STATE_SIZE])
{
    struct nondet_answer answer;
    if (pad >= PADS || !nondet_ask(e->gate, INPUT_pad, pad, engine_time(e), &answer, &e->err))
        return false;
    if (answer.size == 0)
        return false;
    if (answer.size != PAD_STATE_SIZE) {
        err_set(&e->err, "pad %u: a state of %zu bytes instead of %u", pad, answer.size, PAD_STATE_SIZE);
        return false;
    }
    memcpy(state, answer.data, PAD_STATE_SIZE);
    return true;
}
