#!/bin/sh
# Calls Kamailio without end: an everyday call, then eight callers at one number within four seconds. A line says what each got.
set -eu
phones=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
cd "$work"

# The called party, where Kamailio passes calls on to. Without it nothing is worth calling.
sipp -sf "$phones/callee.xml" -i 127.0.0.1 -p 5080 -mp 20000 -nostdin >/dev/null 2>&1 &
callee=$!
stop() { kill "$callee" 2>/dev/null || true; rm -rf "$work"; }
trap stop EXIT
trap 'exit 0' TERM INT

# Calls B from so many numbers, two calls a second, and tells of it.
call() {
  rm -f told
  sipp 127.0.0.1:5060 -sf "$phones/caller.xml" -i 127.0.0.1 -p 5090 -mp 30000 -key a "$2" -key b "$3" \
    -m "$1" -r 2 -rp 1000 -timeout 30 -timeout_error -nostdin -trace_logs -log_file told >/dev/null 2>&1 ||
    echo "some calls have not ended as they should: is everything healthy?"
  [ ! -f told ] || cat told
}

while kill -0 "$callee" 2>/dev/null; do
  # A number of its own each time: the callers of the last attack are blocked from calling that one for a day.
  called=+2348$(date +%s | tail -c 10)
  echo "an everyday call"
  call 1 +23470300000 +2348091234567
  echo "an attack: eight callers at $called"
  call 8 +23480300000 "$called"
  sleep 20 &
  wait $!
done
echo "the called phone is gone" >&2
exit 1
