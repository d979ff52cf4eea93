/* SPDX-License-Identifier: BSD-3-Clause
 * Stalls: the first thread waits for an event that nobody sets, while another looks for work every 10 ms. No wedge, as
 * timers still fire. */
#include <xboxkrnl.h>

static void look(void *context)
{
    s64 interval = -100000;
    (void)context;
    for (;;)
        KeDelayExecutionThread(0, 0, (void *)&interval);
}

int main(void)
{
    u32 event = 0, thread = 0, id = 0;
    NtCreateEvent((void *)&event, NULL, 1, 0);
    ExCreateThread((void *)&thread, 0, (void *)&id, NULL, (void *)look, NULL, 0);
    DbgPrint("waiting\n");
    NtWaitForSingleObjectEx(event, 1, 0, NULL);
    return 0;
}
