# SPDX-License-Identifier: BSD-3-Clause
# Logs by hand, for tests of what compares two runs: each says which call was made when, so that what is true is known.
#
#     log = Log('canary')                  # or 'ours': returns of endless waits are written at once
#     log.spawn(6, 7, 0x82100000, at=10)   # thread 6 makes thread 7
#     log.call(7, 'NtSetEvent', 0x82200004, at=20)
#     log.wait(7, 'aaaa', at=30, until=40) # until=None: for ever
#     log.write('a.jsonl')
#
# Times are in microseconds. Events of one thread are numbered in the order they are told.
import json


class Log:
    def __init__(self, engine='canary', handles=0xF8000000):
        self.engine, self.events, self.counts, self.next = engine, [], {}, handles

    def event(self, tid, kind, at, payload, deterministic=True):
        index = self.counts.get(tid, 0)
        self.counts[tid] = index + 1
        self.events.append((at, len(self.events), {
            'schema_version': 1, 'engine': self.engine, 'kind': kind, 'tid': tid, 'tid_event_idx': index,
            'guest_cycle': 0, 'host_ns': int(at * 1000), 'deterministic': deterministic, 'payload': payload}))
        return index

    def call(self, tid, op, lr, at, took=1, status=0, returns=True, within=(), **args):
        index = self.event(tid, 'kernel.call', at,
                           {'name': op, 'lr': '0x%08x' % lr, 'args_resolved': args})
        for kind, payload in within:
            self.event(tid, kind, at, payload)
        if returns:
            self.event(tid, 'kernel.return', at + took,
                       {'name': op, 'return_value': status, 'status': '0x%08x' % status})
        return index

    def make(self, tid, hsid, at, type=1, lr=0x82300004, op='NtCreateEvent'):
        self.next += 4
        return self.call(tid, op, lr, at, within=[('handle.create', {
            'handle_semantic_id': hsid, 'object_name': None, 'object_type': type,
            'raw_handle_id': '0x%08x' % self.next})])

    def spawn(self, tid, child, entry, at, lr=0x82300104, context=0x40000000, stack=65536, tells=True,
              suspended=False):
        self.next += 4
        hsid = '%016x' % (0x7000000000000000 + child)
        within = [('handle.create', {'handle_semantic_id': hsid, 'object_type': 5,
                                     'raw_handle_id': '0x%08x' % self.next}),
                  ('thread.create', {'entry_pc': '0x%08x' % entry, 'ctx_ptr': '0x%08x' % context,
                                     'stack_size': stack, 'suspended': suspended, 'new_tid': child,
                                     'handle_semantic_id': hsid})]
        return self.call(tid, 'ExCreateThread', lr, at, within=within if tells else ())

    def wait(self, tid, hsid, at, until=None, lr=0x82300204, timeout=-1, status=0):
        within = [('wait.begin', {'handles_semantic_ids': [hsid], 'timeout_ns': timeout, 'wait_all': False,
                                  'alertable': False})]
        index = self.call(tid, 'NtWaitForSingleObjectEx', lr, at, returns=False, within=within)
        eager = self.engine == 'ours'
        if until is not None or eager:
            self.event(tid, 'kernel.return', at if eager else until,
                       {'name': 'NtWaitForSingleObjectEx', 'return_value': status, 'status': '0x%08x' % status})
        return index

    def set(self, tid, at, lr=0x82300304, op='NtSetEvent', handle=None):
        return self.call(tid, op, lr, at, **({'handle': '0x%08x' % handle} if handle else {}))

    def exit(self, tid, at):
        index = self.call(tid, 'ExTerminateThread', 0x82300404, at, returns=False)
        self.event(tid, 'thread.exit', at, {'exit_code': 0})
        return index

    def write(self, path):
        with open(path, 'w') as out:
            out.write(json.dumps({'schema_version': 1, 'engine': self.engine, 'kind': 'schema_version', 'tid': 0,
                                  'tid_event_idx': 0, 'guest_cycle': 0, 'host_ns': 0, 'deterministic': True,
                                  'payload': {'version': 1}}) + '\n')
            for _, _, event in sorted(self.events, key=lambda e: e[:2]):
                out.write(json.dumps(event) + '\n')
