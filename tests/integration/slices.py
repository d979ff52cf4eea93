# SPDX-License-Identifier: BSD-3-Clause
# slices.py TRACE: whether a trace is one that viewers can draw: slices of a thread lie inside each other or apart, an arrow
# has two ends, in order, of which the first lies in a slice. Prints what is wrong, then how deep slices lie.
import json
import sys
from collections import defaultdict


def read(text):
    """Nanoseconds, exactly."""
    whole, _, rest = text.partition(".")
    return int(whole) * 1000 + int((rest + "000")[:3])


events = json.load(open(sys.argv[1]), parse_float=read, parse_int=lambda text: int(text))["traceEvents"]
slices, arrows, deepest = defaultdict(list), defaultdict(list), 0
for event in events:
    if event["ph"] == "X":
        slices[event["tid"]].append((event["ts"], event["ts"] + event["dur"], event["name"]))
    elif event["ph"] in "sf":
        arrows[event["id"]].append(event)
for thread, rows in slices.items():
    around = []
    for begin, end, name in sorted(rows, key=lambda row: (row[0], -row[1])):
        while around and around[-1] <= begin:
            around.pop()
        if around and end > around[-1]:
            print("thread", thread, name, "ends behind what it begins in")
        around.append(end)
        deepest = max(deepest, len(around))
for number, ends in arrows.items():
    if [end["ph"] for end in ends] != ["s", "f"] or ends[0]["ts"] > ends[1]["ts"]:
        print("arrow", number, "is none:", ends)
    elif not any(begin <= ends[0]["ts"] <= end for begin, end, _ in slices[ends[0]["tid"]]):
        print("arrow", number, "begins in no slice")
print("depth", deepest)
