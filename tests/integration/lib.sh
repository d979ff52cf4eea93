# SPDX-License-Identifier: BSD-3-Clause
# Helpers for integration tests: source tests/integration/lib.sh. Each test prints its own verdicts; see tests/run.

ok() { echo "ok $1"; }
not_ok()
{
    echo "not ok $1: $2"
    test_failed=1
}
skip() { echo "skip $1: $2"; }
test_failed=0

# check NAME COMMAND...: ok if the command succeeds.
check()
{
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        ok "$name"
    else
        not_ok "$name" "$* failed: $out"
    fi
}

# run COMMAND...: sets $code, $out (stdout) and $err (stderr). A program that hangs ends with 124 after five minutes.
run()
{
    local limit=(timeout 300)
    [ "$(type -t "$1")" = file ] || limit=()
    "${limit[@]}" "$@" >"$SCRATCH/.out" 2>"$SCRATCH/.err"
    code=$?
    out=$(tr -d '\0' <"$SCRATCH/.out")
    err=$(tr -d '\0' <"$SCRATCH/.err")
}

# expect NAME CODE TEXT COMMAND...: the command ends with that code, and its output or errors hold TEXT.
expect()
{
    local name=$1 want=$2 text=$3
    shift 3
    run "$@"
    if [ "$code" -ne "$want" ]; then
        not_ok "$name" "exit code $code, not $want: $* ($err)"
    elif [[ "$out$err" != *"$text"* ]]; then
        not_ok "$name" "no \"$text\" in: $out$err"
    else
        ok "$name"
    fi
}

# same NAME A B: two texts are equal.
same()
{
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "$(diff <(echo "$2") <(echo "$3") | head -n 20)"
    fi
}

# json KEY: the value of a key in the JSON line on stdin, quotes off. For flat objects of our own.
json() { sed -nE "s/.*\"$1\": *(\"([^\"]*)\"|([^,}]*)).*/\2\3/p"; }

# need_title NAME: a test that cannot run without it fails, since `make` builds all titles.
need_title()
{
    [ -e "$TITLES/$1/default.xex" ] && return 0
    not_ok "title $1" "$TITLES/$1/default.xex is not built"
    exit 1
}

# title_with NAME KEY=VALUE...: a copy of coldboot, as $SCRATCH/NAME, with these settings.
title_with()
{
    local folder=$SCRATCH/$1 setting
    shift
    need_title coldboot
    mkdir -p "$folder"
    cp -r "$TITLES/coldboot/." "$folder"
    for setting in "$@"; do
        sed -i "s/^${setting%%=*}=.*/$setting/" "$folder/coldboot.cfg"
        grep -qx "$setting" "$folder/coldboot.cfg" || not_ok "setting $setting" 'coldboot.cfg has no such line'
    done
}

# record_begun JOURNAL RECORD-ARGUMENT...: starts a recording that goes on for long, and comes back with its $pid when the
# first block is in the journal. The title must be one that cannot end by itself before that.
record_begun()
{
    local journal=$1
    shift
    lockstep record "$@" --cold --quiet -o "$journal" >/dev/null 2>&1 &
    pid=$!
    until [ "$(sqlite3 -readonly "$journal" 'SELECT count(*) FROM blocks' 2>/dev/null || echo 0)" -gt 0 ]; do
        kill -0 $pid 2>/dev/null || { not_ok "record $journal" 'it ended before its first block'; return 1; }
        sleep 0.01
    done
}

# events JOURNAL: one hash over all its events as `lockstep log` prints them.
events() { lockstep log "$1" --json | sha256sum; }

finish() { exit "$test_failed"; }
