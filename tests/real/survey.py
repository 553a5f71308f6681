#!/usr/bin/env python3
"""Count the options of an evaluated configuration, and sort those that have no value by the reason.

survey.py NIX 'EXPRESSION OF THE CONFIGURATION' 'EXPRESSION OF lib' [--errors FILE]

One nix process goes through all options; a value whose failure tryEval does not catch ends it, and the next process
goes on behind it. The reasons of those that tryEval caught are asked for in further processes (at most --ask many).
"""
import argparse, collections, json, re, subprocess, sys, time
from pathlib import Path

ap = argparse.ArgumentParser()
ap.add_argument("nix"), ap.add_argument("sys"), ap.add_argument("lib")
ap.add_argument("--errors"), ap.add_argument("--ask", type=int, default=60)
a = ap.parse_args()
here = Path(__file__).resolve().parent
head = f"let s = import {here}/survey.nix {{ sys = {a.sys}; lib = {a.lib}; }}; in "


def nix(expr):
    return subprocess.run(
        [a.nix, "--extra-experimental-features", "nix-command", "eval", "--json", "--impure", "--read-only",
         "--expr", head + expr], capture_output=True, text=True, errors="replace")


def reason(text):
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    errors = re.findall(r"error:\s*([^\n]+)", text)
    said = [e for e in errors if not e.startswith("…")] or [text.strip()[-200:]]
    line = said[-1].strip()
    if "stack overflow" in text:
        line = "stack overflow"
    return line[:220]


def sort(line):
    for pattern, name in [
        (r"is used but not defined|was accessed but has no value defined", "an option it needs has no definition"),
        (r"no longer has any effect|has been removed|was removed|removed option|option has been", "removed option"),
        (r"attribute '[^']*' missing", "missing attribute (package set or file not in the stub)"),
        (r"No such file|does not exist|opening file|getting status", "file that is not there"),
        (r"infinite recursion", "infinite recursion"), (r"stack overflow", "stack overflow"),
        (r"cannot coerce|is not a function|attempt to call|while a .* was expected|expected a", "a stub of the wrong kind"),
        (r"called without required|called with unexpected", "a stub of the wrong kind"),
        (r"not of type", "value not of the option's type"), (r"assertion|Failed assert", "assertion"),
    ]:
        if re.search(pattern, line):
            return name
    return "thrown by the module: " + line[:90]


start = time.time()
first = nix("s.count")
if first.returncode:
    sys.exit(first.stderr[-3000:])
count = int(first.stdout)
loading = time.time() - start
kinds, state, why, at, runs = {}, {}, {}, 0, 0
while at < count:
    r = nix(f"s.range {at} {count}")
    runs += 1
    last = None
    for m in re.finditer(r"@@ (\d+) (\w+) (.*)", r.stderr):
        i, word = int(m[1]), m[2]
        last = i
        if word in ("done", "throws"):
            state[i] = word
        elif word != "kind":
            kinds[i] = word
    if r.returncode == 0:
        break
    if last is None:
        sys.exit(r.stderr[-3000:])
    if last not in state:
        state[last], why[last] = "ends", reason(r.stderr)
        at = last + 1
    else:
        at = last + 1
thrown = [i for i in sorted(state) if state[i] == "throws"]
step = max(1, len(thrown) // a.ask)
for i in thrown[::step][: a.ask + 1]:
    why[i] = reason(nix(f"s.value {i}").stderr)
tally = collections.Counter(kinds.get(i, "broken") for i in range(count))
print(json.dumps({
    "options": count, "kinds": tally, "states": collections.Counter(state.values()), "runs": runs,
    "seconds to count": round(loading, 2), "seconds": round(time.time() - start, 1),
    "asked of thrown": len(thrown[::step]), "reasons": collections.Counter(sort(w) for w in why.values()).most_common(25),
}, indent=1))
if a.errors:
    names = json.loads(nix("map s.name [ " + " ".join(map(str, why)) + " ]").stdout or "[]")
    Path(a.errors).write_text("".join(f"{n}\t{state[i]}\t{why[i]}\n" for n, i in zip(names, why)))
