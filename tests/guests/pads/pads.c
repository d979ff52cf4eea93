/* SPDX-License-Identifier: BSD-3-Clause
 * Prints what pad 0 does during half a second, looking every 10 ms. */
#include <xam.h>
#include <xboxkrnl.h>

enum { LOOKS = 50, PAD_STATE = 16 };

static unsigned half(const unsigned char *p)
{
    return p[0] << 8 | p[1];
}

static void print_keys(void)
{
    unsigned char stroke[8];
    while (XamInputGetKeystroke(0, 0, stroke) == 0)
        DbgPrint("key: %04x %s\n", half(stroke), half(stroke + 4) == 1 ? "down" : "up");
}

int main(void)
{
    unsigned char state[PAD_STATE];
    unsigned last = ~0u;
    long long interval = -100000;
    for (int i = 0; i < LOOKS; i++) {
        unsigned result = XamInputGetState(0, 0, state);
        unsigned packet = result ? 0 : (unsigned)half(state) << 16 | half(state + 2);
        if (packet != last && result)
            DbgPrint("pad: error %x\n", result);
        else if (packet != last)
            DbgPrint("pad: packet %u buttons %04x triggers %u %u left %d %d\n", packet, half(state + 4), state[6],
                     state[7], (short)half(state + 8), (short)half(state + 10));
        last = packet;
        print_keys();
        KeDelayExecutionThread(1, 0, &interval);
    }
    return 0;
}
