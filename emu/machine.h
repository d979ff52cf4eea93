/* SPDX-License-Identifier: BSD-3-Clause
 * The machine's state, all of it, beside guest memory: what a replay must reproduce. It lies in the arena behind guest
 * memory and holds indices, never host pointers. Pools are fixed arrays; slot 0 of each is "none"; a freed slot is
 * zeroed, so that equal states have equal bytes. Whoever adds a field here adds it to the state hash; raise
 * MACHINE_SEMANTICS when a change alters any state hash. Structs have no padding: name the gap `zero`. */
#ifndef EMU_MACHINE_H
#define EMU_MACHINE_H

#include "emu/apu/apu.h"
#include "emu/cpu/cpu.h"
#include "emu/gpu/gpu.h"
#include "emu/kernel/heap.h"
#include "emu/vfs/vfs_state.h"
#include "schema/base.h"
#include "schema/event.h"

enum {
    MACHINE_SEMANTICS = 19,
    HW_THREADS = 6,
    PRIORITIES = 32,
    THREADS_MAX = 512,
    OBJECTS_MAX = 16384,
    HANDLES_MAX = 16384,
    APCS_MAX = 1024,
    SITES_MAX = 65536,
    LIBRARIES_MAX = 32,
    WAIT_OBJECTS_MAX = 64,
    TLS_SLOTS = 1024,
    PHYSICAL_PAGES = 0x20000, /* 512 MiB of 4 KiB pages */
};

#define TICKS_PER_SECOND     50000000ull
#define TICKS_PER_MS         (TICKS_PER_SECOND / 1000)
#define TICKS_NEVER          UINT64_MAX
#define FILETIME_PER_TICK(t) ((t) / 5) /* 100 ns units are 5 ticks */

/* What the user may set; part of the journal. Rows of schema/config.def. */
struct config {
#define CONFIG(type, name, initial, minimum, text) type name;
#include "schema/config.def"
};

/* User settings, asked at the gate at boot: keys of INPUT_setting, and places in machine.setting. */
enum setting { SETTING_NONE, SETTING_LANGUAGE, SETTING_REGION, SETTINGS = 4 };

enum thread_state {
    THREAD_FREE,
    THREAD_READY,      /* in a ready queue, or running (hw[].thread) */
    THREAD_WAITING,    /* wait says for what */
    THREAD_SUSPENDED,  /* neither waits nor may run */
    THREAD_TERMINATED, /* ended; the slot lives while there are references to its object */
};

/* What is done when a wait ends, beside r3 = status. Rows of the table in emu/kernel/wait.c. */
enum wait_action {
    WAIT_PLAIN,            /* r3 = status of the wait */
    WAIT_CRITICAL_SECTION, /* the thread owns it now; argument0: its address */
    WAIT_DELAY,            /* KeDelayExecutionThread and the like: time-out is success */
    WAIT_RESULT,           /* r3 = argument0 (a finished device operation) */
    WAIT_COMPLETION,       /* a packet of an I/O completion port goes to where the call asks for it */
};

/* One object of a wait: a node in that object's list of waiters. A node's number is thread slot * WAIT_OBJECTS_MAX + i
 * + 1. */
struct wait_node {
    u32 object; /* slot in objects[] */
    u32 next;   /* node numbers; 0: end */
    u32 previous;
};

/* A blocked kernel call: data, not a host stack. */
struct wait {
    u64 since;    /* tick */
    u64 deadline; /* tick, or TICKS_NEVER */
    u64 order;    /* equal deadlines go by order of filing (machine.timer_order) */
    u32 count;    /* objects; 0: a delay */
    u8 all;
    u8 alertable;
    u8 user_mode;
    u8 action; /* enum wait_action */
    u32 argument0;
    u32 argument1;
    u32 op; /* the call that blocked, for its return event */
    u32 lr;
    struct wait_node node[WAIT_OBJECTS_MAX];
};

/* The events of one thread so far: never back in time. */
struct event_stream {
    u64 count;
    u64 time; /* tick of the last one */
};

struct thread {
    u64 lineage;  /* identity by origin: parent's lineage, entry, ordinal (kernel/identity.c) */
    u64 created;  /* tick */
    u64 ready_at; /* tick since which it may run: it does not run earlier in the slice of the thread that woke it */
    struct event_stream stream;
    u64 exited;  /* tick */
    u32 id;      /* guest thread id, from 1, never used again */
    u8 state;    /* enum thread_state */
    u8 priority; /* effective, 0..31 */
    u8 base_priority;
    u8 hw;        /* hardware thread it runs on */
    u32 affinity; /* mask of hardware threads */
    u32 suspend_count;
    u32 next_ready; /* slots in threads[]; ready queue of hw and priority */
    u32 previous_ready;
    u32 quantum_left; /* instructions */
    u32 object;       /* slot in objects[] */
    u32 parent;       /* id */
    u32 entry;        /* start address that gives it its identity */
    u32 context;
    u32 spawn_lr;
    u32 spawn_ordinal; /* how many-th spawn of that entry by this parent */
    u32 start_pc;      /* where it begins: entry, or the start-up routine that is handed entry */
    u32 create_flags;
    u32 exit_code;
    u32 pcr;         /* guest addresses: KPCR (r13), */
    u32 kthread;     /* KTHREAD, its dispatcher header first, */
    u32 tls;         /* TLS block */
    u32 stack_base;  /* highest address */
    u32 stack_limit; /* lowest address */
    u32 apc_head;    /* slots in apcs[] */
    u32 apc_tail;
    u32 irql;
    u32 in_callback; /* depth of callback frames on its stack */
    u32 started;     /* has run its first instruction */
    u32 last_error;
    u32 retrying; /* its kernel call is made again: it was told already */
    struct wait wait;
    struct wait interrupted; /* by a kernel APC, whose callback is this deep: in_callback, or 0 */
    u32 interrupted_depth;
    u32 own_stack;    /* highest address of the one that was made with the thread */
    u32 callback_top; /* r1 of the innermost callback frame; 0: none */
    u32 zero;
    u32 unhandled; /* its exception was left by all handlers: the fault counts */
    u32 queue;     /* guest address of the KQUEUE it belongs to */
    u32 alerted;   /* ALERT_KERNEL, ALERT_USER: by whom, for its next alertable wait */
    u32 leaving;   /* how far its end is: enum leaving (kernel/thread.c) */
    struct ppc cpu;
};
_Static_assert(offsetof(struct thread, cpu) == offsetof(struct thread, leaving) + 4, "struct thread has a hole");

/* What was last done to an object, by whom, where, when; for wedges. All zero: nothing. */
struct act {
    u64 time;
    u32 thread; /* id */
    u32 lr;
    u32 op;    /* 0: a wait took what was there */
    u32 count; /* how often */
};

/* Anything that can be named, opened or waited on. Signal state lives in the dispatcher header in guest memory, which
 * titles read; here is what the header has no room for. */
struct object {
    u64 hsid;         /* identity by origin (kernel/identity.c) */
    u64 created;      /* tick */
    u64 signal_time;  /* last set, release or pulse */
    u64 due;          /* timers: next expiry tick, or 0 when not armed */
    u32 type;         /* enum object_type */
    u32 references;   /* handles and pointers */
    u32 handles;      /* of them */
    u32 guest;        /* dispatcher header in guest memory; 0: none */
    u32 owns_guest;   /* the header was allocated with the object, and goes with it */
    u32 body;         /* thread slot, open file slot ...: by type */
    u32 first_waiter; /* wait nodes, in order of arrival */
    u32 last_waiter;
    u32 creator; /* thread id */
    u32 create_lr;
    u32 create_ordinal;
    u32 create_op;
    u32 signal_thread; /* id of the last thread that set, released or pulsed it */
    u32 signal_lr;
    u32 signal_op;
    u32 period_ms;   /* timers */
    u32 apc_routine; /* timers */
    u32 apc_context;
    u32 apc_thread;  /* id */
    u32 dpc;         /* timers set by pointer: guest address of a KDPC */
    u32 owner;       /* mutants: thread id; critical sections: read from the guest */
    u32 next_hash;   /* chain of objects by guest address */
    u32 pointers;    /* references that the title took by pointer (ObReferenceObject...) */
    u32 signal_woke; /* threads that the last signal woke */
    u32 permanent;   /* one of its handles is nobody's: it stays */
    u32 zero;
    u64 timer_order;    /* equal expiries go by order of arming */
    struct act armed;   /* timers: set */
    struct act undone;  /* timers: cancelled; events: reset, or taken by a wait; semaphores: taken */
    struct act refused; /* semaphores: releases beyond the limit */
    char name[64];      /* "" for none */
};

struct handle {
    u32 object; /* slot in objects[] */
    u32 next_free;
};

enum apc_mode { APC_USER, APC_KERNEL, APC_DPC, APC_SERVICE };

/* Threads of the kernel's own (emu/kernel/service.h). */
enum service {
    SERVICE_DPC,
    SERVICE_INTERRUPT, /* one a hardware thread */
    SERVICE_INTERRUPT_LAST = SERVICE_INTERRUPT + HW_THREADS - 1,
    SERVICE_AUDIO,
    SERVICES,
};

/* A queued asynchronous procedure call; or a deferred one, queued to the thread that runs those. */
struct apc {
    u32 next;
    u32 mode; /* enum apc_mode */
    u32 routine;
    u32 context;
    u32 argument1;
    u32 argument2;
    u32 guest;          /* KAPC or KDPC address, or 0 */
    u32 kernel_routine; /* runs before it, and may change it */
};

enum alert { ALERT_KERNEL = 1, ALERT_USER = 2 };

/* Notifications that titles register for (emu/kernel/notify.h). */
enum notify_list { NOTIFY_THREAD, NOTIFY_TITLE_END, NOTIFY_LISTS };

/* How many-th object or thread a creator made at a site: open-addressed by key, for identities. */
struct site {
    u64 key;
    u64 count;
};

/* Slots in use never lie beyond high; free ones below it are chained. */
struct pool {
    u32 high;
    u32 first_free;
};

struct hw {
    u64 retired;    /* instructions in this slice so far (idle time counts) */
    u64 carry;      /* overshoot taken from the next slice */
    u32 thread;     /* slot running or last run; 0: none */
    u32 ready_mask; /* priorities with ready threads */
    u32 favoured;   /* chaos: slot of a thread that goes before all others in this slice, 0: none */
    u32 zero;
    u32 first[PRIORITIES];
    u32 last[PRIORITIES];
};

/* The executable that was loaded. */
struct title {
    u32 image_base;
    u32 image_size;
    u32 entry;
    u32 stack_size;
    u32 tls_slots;
    u32 tls_data;      /* address of the static TLS image */
    u32 tls_data_size; /* with zero fill */
    u32 tls_raw_size;
    u32 title_id;
    u32 header;  /* guest copy of the XEX header */
    u32 module;  /* guest address of its loader entry: XexExecutableModuleHandle points to it */
    u8 hash[16]; /* XXH3-128 of the file, big-endian */
    char name[64];
};

enum library_state {
    LIBRARY_FREE,
    LIBRARY_LOADING,   /* its own imports are being resolved */
    LIBRARY_DUE,       /* its entry point is to be called: attach */
    LIBRARY_ATTACHING, /* it runs */
    LIBRARY_READY,
    LIBRARY_DETACH_DUE,
    LIBRARY_DETACHING,
};

/* A DLL of the title (emu/loader/library.h). */
struct library {
    u32 state; /* enum library_state */
    u32 image_base;
    u32 image_size;
    u32 entry;
    u32 header;     /* guest copy of its XEX header */
    u32 module;     /* guest address of its loader entry: its handle */
    u32 exports;    /* guest address of its table by ordinal; 0: none */
    u32 names;      /* of its directory by name */
    u32 references; /* loads, and modules that import from it */
    u32 imports;    /* bit mask of the libraries that it imports from */
    u32 order;      /* attaches go by it */
    u32 thread;     /* slot of the thread that loads it, until it is attached */
    u32 depth;      /* that thread's callbacks below the load */
    u32 load_op;    /* of the call that waits for it, 0: none */
    u32 load_lr;
    u32 load_out; /* where its handle goes */
    char name[64];
};

enum { MUSIC_LISTS = 16, CONTEXTS = 64, XNET_PARAMETERS = 13, LAUNCH_DATA_MAX = 0x3FC };

/* The system's music player (kernel/xam_music.c). */
struct music_list {
    u32 handle; /* 0: free */
    u32 count;
    u32 first; /* handle of its first song */
};
struct music {
    u32 state;
    u32 by_title; /* who has the say */
    u32 behaviour[3];
    u32 quieter; /* complement of the volume's bits; 0: never set */
    u32 active;  /* handle of the list that plays */
    u32 song;    /* its place in it */
    u32 next_handle;
    struct music_list lists[MUSIC_LISTS];
};

/* What a title says of its user's doing (kernel/xam_message.c). */
struct context_value {
    u32 id;
    u32 value;
    u32 is_set;
};

/* The network's library (kernel/xam_net.h). */
struct network {
    u32 started; /* by NetDll_WSAStartup, how often */
    u32 next_port;
    u32 link_port; /* of system link; 0: the ordinary one */
    u8 parameters[XNET_PARAMETERS];
    u8 zero[7];
};

struct machine {
    u32 semantics;
    u32 size; /* of this struct */
    struct config config;
    u64 tick;                           /* start of the current slice */
    u64 slice;                          /* how many-th */
    u64 slice_end;                      /* tick */
    u64 next_deadline;                  /* no wait or timer expires earlier */
    u64 next_hash;                      /* tick of the next state hash */
    u64 instructions;                   /* retired by guest threads */
    u64 calls;                          /* kernel calls */
    u64 events;                         /* emitted, by all threads */
    struct event_stream machine_stream; /* of thread 0 */
    u64 boot_time;                      /* 100 ns units since 1601 at tick 0 */
    u64 random;                         /* state of the console's random numbers */
    u64 chaos;                          /* state of the scheduler's perturbation */
    u64 timer_order;
    u32 hw_place; /* which place of hw_order runs now; HW_THREADS between slices */
    u32 running;  /* thread slot executing, 0: none */
    u8 hw_order[8];
    u32 ended; /* enum end_reason */
    u32 exit_code;
    u32 next_thread_id;
    u32 threads_alive;
    u32 title_thread;      /* slot of the main thread */
    u32 service[SERVICES]; /* slots of the kernel's own threads; 0: there was none yet */
    u32 return_pc;         /* guest address of the trampolines: thread exit, callback return */
    u64 unimplemented;     /* calls of exports without a body */
    u32 setting[SETTINGS];
    u32 xam_started; /* the first listener was told how things stand */
    u32 dash_context;
    u32 notify[NOTIFY_LISTS];            /* guest addresses of the lists' heads; 0: nothing was registered yet */
    u32 title_ending;                    /* slot of the thread that tells those who asked; 0: nobody yet */
    u32 launching;                       /* it ends because it launches another */
    u32 launch_size;                     /* of launch_data */
    u32 launch_known;                    /* the one before was asked after, or this one set its own */
    u8 launch_data[LAUNCH_DATA_MAX + 4]; /* and zeros */
    struct music music;
    struct context_value contexts[CONTEXTS];
    struct network network;
    u32 keys[4]; /* of each pad, as XamInputGetKeystroke told them last */
    struct title title;
    u32 library_order; /* of the newest library */
    u32 library_count; /* slots in use, from the first */
    struct library libraries[LIBRARIES_MAX];
    struct pool thread_pool, object_pool, handle_pool, apc_pool;
    struct hw hw[HW_THREADS];
    struct heap heap;
    struct gpu gpu;
    struct apu apu;
    struct vfs vfs;
    u8 tls_used[TLS_SLOTS];
    struct thread threads[THREADS_MAX];
    struct object objects[OBJECTS_MAX];
    struct handle handles[HANDLES_MAX];
    struct apc apcs[APCS_MAX];
    struct site sites[SITES_MAX];
    u32 object_hash[4096];       /* objects by guest address */
    u8 physical[PHYSICAL_PAGES]; /* enum physical_bits (kernel/heap.h) */
    u8 page[1 << 20];            /* enum page_bits of each guest page */
};

/* Where to stop. Zero fields do not count. */
struct until {
    u64 tick;         /* at the first slice boundary at or after it */
    u64 events;       /* once so many events have been emitted */
    u64 instructions; /* once so many have been retired */
};

enum machine_result {
    MACHINE_REACHED,    /* until */
    MACHINE_ENDED,      /* machine.ended says how */
    MACHINE_HOST_ERROR, /* e->err says why: the gate could not answer */
};

struct engine;

void config_default(struct config *config);

/* Runs on from where the machine is. The one way to move: record, replay and stepping are its callers. */
enum machine_result machine_run(struct engine *e, const struct until *until);

/* The state hash: guest memory and struct machine. *memory and *machine may be NULL. */
u64 machine_hash(struct engine *e, u64 *memory, u64 *machine);

/* Emits the end event with the last state hash and marks the machine as ended. */
void machine_end(struct engine *e, enum end_reason reason, u64 code);

#endif
