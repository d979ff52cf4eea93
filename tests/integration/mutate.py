# SPDX-License-Identifier: BSD-3-Clause
# Does to a log what happens to logs: usage: mutate.py LOG DIR, which gets a file DIR/HOW.jsonl for each way.
import json
import sys


def name(event):
    return event['payload'].get('name') or ''


def numbered(events):
    count = {}
    for event in events:
        event['tid_event_idx'] = count.get(event['tid'], 0)
        count[event['tid']] = event['tid_event_idx'] + 1
    return events


def without(events, is_gone):
    return numbered([e for e in events if not is_gone(e)])


def each(events, change):
    for event in events:
        change(event)
    return events


def shift_lr(event):
    if 'lr' in event['payload']:
        event['payload']['lr'] = '0x%08x' % (int(event['payload']['lr'], 16) + 4)


def coarse(event):
    event['host_ns'] = event['host_ns'] // 1000000 * 1000000


def twice(events):
    calls = [e for e in events if e['kind'] == 'kernel.call' and 'CriticalSection' not in name(e)]
    again = calls[len(calls) // 2]
    return [e for event in events for e in ([event, dict(event)] if event is again else [event])]


# Threads in another order of ids: the first becomes the last and so on; what names a thread goes with it.
def renamed(events):
    tids = sorted({e['tid'] for e in events if e['tid']})
    other = dict(zip(tids, reversed(tids)))
    for event in events:
        event['tid'] = other.get(event['tid'], event['tid'])
        for key in ('new_tid', 'child_tid', 'thread_id'):
            if event['payload'].get(key) in other:
                event['payload'][key] = other[event['payload'][key]]
    return events


SPELLINGS = {'NtSetEvent': 'XEvent::Set', 'KeSetEvent': 'xeKeSetEvent', 'KeReleaseSemaphore': 'xeKeReleaseSemaphore'}


def spell(event):
    if name(event) in SPELLINGS:
        event['payload']['name'] = SPELLINGS[name(event)]


def slow(event):
    event['host_ns'] = event['host_ns'] * 3 + 5000000000


def other_handle(event):
    payload = event['payload']
    for holder, key in ((payload, 'raw_handle_id'), (payload.get('args_resolved') or {}, 'handle')):
        if key in holder:
            holder[key] = '0x%08x' % (int(holder[key], 16) ^ 0x5A5A0)


# As a capture that was made for one thread, that which calls most.
def one_thread(events):
    tids = [e['tid'] for e in events if e['tid']]
    most = max(sorted(set(tids)), key=tids.count)
    return [e for e in events if e['tid'] in (0, most)]


# All addresses of code lie elsewhere: another title.
def other_title(event):
    for key in ('lr', 'entry_pc'):
        if key in event['payload']:
            event['payload'][key] = '0x%08x' % (0x82400000 + int(event['payload'][key], 16) * 7919 % 0x100000 // 4 * 4)


PRODUCERS = ('NtSetEvent', 'KeSetEvent', 'NtReleaseSemaphore', 'KeReleaseSemaphore')


def no_status(event):
    if event['kind'] == 'kernel.return':
        for key in ('status', 'return_value'):
            event['payload'].pop(key, None)


WAYS = {
    'renamed': renamed,
    'spelled': lambda e: each(e, spell),
    'slow': lambda e: each(e, slow),
    'other-handles': lambda e: each(e, other_handle),
    'no-status': lambda e: each(e, no_status),
    'one-thread': one_thread,
    'other-title': lambda e: each(e, other_title),
    'producers': lambda e: without(e, lambda x: x['kind'] != 'schema_version' and name(x) not in PRODUCERS),
    'no-producers': lambda e: without(e, lambda x: name(x) in PRODUCERS),
    'no-files': lambda e: without(e, lambda x: 'File' in name(x)),
    'no-sections': lambda e: without(e, lambda x: 'CriticalSection' in name(x)),
    'no-close': lambda e: without(e, lambda x: name(x) == 'NtClose' or x['kind'] == 'handle.destroy'),
    'no-creation': lambda e: without(e, lambda x: x['kind'] == 'thread.create'),
    'no-returns': lambda e: without(e, lambda x: x['kind'] == 'kernel.return'),
    'no-waits': lambda e: without(e, lambda x: x['kind'] == 'wait.begin'),
    'no-lr': lambda e: each(e, lambda x: x['payload'].pop('lr', None)),
    'other-lr': lambda e: each(e, shift_lr),
    'coarse-clock': lambda e: each(e, coarse),
    'late-threads': lambda e: [x for x in e if x['tid_event_idx'] >= 60 or x['tid'] == 0],
    'late': lambda e: e[:1] + numbered(e[len(e) * 3 // 10:]),
    'hole': lambda e: e[:len(e) // 2] + e[len(e) // 2 + 200:],
    'twice': twice,
    'short': lambda e: e[:len(e) // 154 + 40],
    'empty': lambda e: e[:1],
}

for way, change in WAYS.items():
    events = [json.loads(line) for line in open(sys.argv[1])]
    with open('%s/%s.jsonl' % (sys.argv[2], way), 'w') as out:
        for event in change(events):
            out.write(json.dumps(event) + '\n')
