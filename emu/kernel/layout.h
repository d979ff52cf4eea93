/* SPDX-License-Identifier: BSD-3-Clause
 * Offsets in the kernel's structures that titles read through r13 and thread pointers: KPCR, KTHREAD, KPROCESS. */
#ifndef EMU_KERNEL_LAYOUT_H
#define EMU_KERNEL_LAYOUT_H

enum { IRQL_PASSIVE, IRQL_APC, IRQL_DISPATCH, IRQL_DEVICE = 4 };

/* KPCR: r13 points to it. */
enum {
    PCR_TLS = 0x00,
    PCR_MSR_MASK = 0x04,
    PCR_IRQL = 0x18, /* u8 */
    PCR_SELF = 0x30, /* u64 */
    PCR_STACK_BASE = 0x70,
    PCR_STACK_LIMIT = 0x74,
    PCR_THREAD = 0x100, /* here begins the KPRCB */
    PCR_CPU = 0x10C,    /* u8 */
    PCR_CPU_MASK = 0x110,
    PCR_PRCB = 0x2A8,
    PCR_SIZE = 0x2D8,
};

enum {
    KTHREAD_MUTANTS = 0x10, /* list */
    KTHREAD_STACK_BASE = 0x5C,
    KTHREAD_STACK_LIMIT = 0x60,
    KTHREAD_STACK_KERNEL = 0x64,
    KTHREAD_TLS = 0x68,
    KTHREAD_STATE = 0x6C,          /* u8: 2 running, 4 terminated, 5 waiting (NT's numbers) */
    KTHREAD_PRIORITY = 0x70,       /* u8 */
    KTHREAD_FPU_EXCEPTIONS = 0x71, /* u8 */
    KTHREAD_PROCESS_TYPE_0 = 0x72, /* u8 */
    KTHREAD_PROCESS_TYPE = 0x73,   /* u8 */
    KTHREAD_APCS_KERNEL = 0x74,    /* lists */
    KTHREAD_APCS_USER = 0x7C,
    KTHREAD_PROCESS = 0x84,
    KTHREAD_MAY_QUEUE_APCS = 0x8B, /* u8 */
    KTHREAD_MSR_MASK = 0x9C,
    KTHREAD_APC_DISABLE = 0xB0, /* s32 */
    KTHREAD_QUANTUM = 0xB4,
    KTHREAD_SATURATION = 0xB8,     /* s8 */
    KTHREAD_BASE_PRIORITY = 0xB9,  /* u8 */
    KTHREAD_BOOST_DISABLED = 0xBB, /* u8 */
    KTHREAD_SUSPEND_COUNT = 0xBC,  /* u8 */
    KTHREAD_TERMINATED = 0xBE,     /* u8 */
    KTHREAD_CPU = 0xBF,            /* u8 */
    KTHREAD_PRCB = 0xC0,
    KTHREAD_PRCB_2 = 0xC4,
    KTHREAD_PRIORITY_CLASS = 0xC8, /* u8: lowest, default and highest priority of the process */
    KTHREAD_PRIORITY_DEFAULT = 0xC9,
    KTHREAD_PRIORITY_MAX = 0xCA,
    KTHREAD_STACK_ALLOCATION = 0xD0,
    KTHREAD_PROCESS_LIST = 0x110, /* list */
    KTHREAD_CREATE_TIME = 0x130,  /* u64 */
    KTHREAD_EXIT_TIME = 0x138,    /* u64 */
    KTHREAD_EXIT_STATUS = 0x140,
    KTHREAD_TIMERS = 0x144, /* list */
    KTHREAD_ID = 0x14C,
    KTHREAD_START = 0x150,
    KTHREAD_LIST_154 = 0x154,
    KTHREAD_LAST_ERROR = 0x160,
    KTHREAD_FLAGS = 0x16C,
    KTHREAD_SIZE = 0xAB0,
};

enum {
    KPROCESS_THREADS = 0x04, /* list */
    KPROCESS_QUANTUM = 0x0C,
    KPROCESS_PRIORITY_CLASS = 0x18,   /* u8 */
    KPROCESS_PRIORITY_DEFAULT = 0x19, /* u8 */
    KPROCESS_PRIORITY_MAX = 0x1A,     /* u8 */
    KPROCESS_QUANTUM_DECAY = 0x1B,    /* u8 */
    KPROCESS_STACK_SIZE = 0x1C,
    KPROCESS_TLS_DATA = 0x20,
    KPROCESS_TLS_DATA_SIZE = 0x24,
    KPROCESS_TLS_RAW_SIZE = 0x28,
    KPROCESS_TLS_SLOTS_SIZE = 0x2C, /* u16 */
    KPROCESS_TYPE = 0x2F,           /* u8: 0 idle, 1 title, 2 system */
    KPROCESS_LIST_54 = 0x54,        /* list */
    KPROCESS_SIZE = 0x60,
};

/* Priorities of the title's process. */
enum { PRIORITY_LOWEST = 10, PRIORITY_DEFAULT = 13, PRIORITY_HIGHEST = 17 };

enum { PROCESS_IDLE, PROCESS_TITLE, PROCESS_SYSTEM };

#endif
