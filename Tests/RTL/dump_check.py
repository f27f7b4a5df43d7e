#!/usr/bin/env python3
"""Compares dumps of the reference RTL with the model, by the map classic5.json, then dumps of cores with a bug.

dump_check.py --simulator COMMAND --library FOLDER --programs COMMAND [--count N] [--bug N]... [--format vcd|fst]
              [--build FOLDER]

The simulator is ubpf-sim. Exit status: 0 when the dumps of the reference RTL are the same as the model in all programs,
and for each bug a dump differs, else 1.
"""

import argparse
import re
import subprocess
from pathlib import Path

from bugs import BUGS
from check import HERE, ROOT, RTL, bug_sources, build_bench, fail, make_programs


def compare(simulator: str, bench: Path, program: Path, dump: Path) -> tuple[int, str]:
    """The exit status of the comparison, and what it printed."""
    done = subprocess.run(
        [bench, f"+program={program}", f"+data={program.with_suffix('.dat')}", "+alone", f"+dump={dump}"],
        capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        fail(f"{bench}: {done.stdout}{done.stderr}")
    done = subprocess.run(
        [simulator, "check", program.with_suffix(".json"), "--dump", dump, "--map", HERE / "classic5.json"],
        capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulator", required=True, help="ubpf-sim")
    parser.add_argument("--library", type=Path, required=True, help="the folder of libubpfsim.so")
    parser.add_argument("--programs", required=True, help="the command that writes random programs")
    parser.add_argument("--count", type=int, default=50, help="programs")
    parser.add_argument("--bug", type=int, action="append", default=[], help="the number of a bug; may be repeated")
    parser.add_argument("--format", choices=["vcd", "fst"], default="fst", help="of the dumps")
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve() / "dumps"
    folder.mkdir(parents=True, exist_ok=True)
    library = arguments.library.resolve()
    options = ["--trace-fst" if arguments.format == "fst" else "--trace"]
    # Half of them may fault, after which the pipelines hold what means nothing.
    programs = make_programs(arguments.programs, folder, 2 * arguments.count)[: arguments.count]
    dump = folder / f"core.{arguments.format}"

    bench = build_bench(RTL, library, folder, options)
    counts = [0, 0, 0]
    for program in programs:
        status, text = compare(arguments.simulator, bench, program, dump)
        same = re.match(r"The same: (\d+) commits .*; (\d+) transfers of retired.*; 13 signals in (\d+) cycles$", text)
        if status != 0 or same is None:
            fail(f"the dump of the reference RTL differs from the model in {program}:\n{text}")
        counts = [count + int(number) for count, number in zip(counts, same.groups())]
    print(f"dumps: {len(programs)} programs, {counts[0]} commits, {counts[1]} transfers, {counts[2]} cycles, all as in the model")

    for number in arguments.bug:
        bench = build_bench(bug_sources(number, folder), library, folder, options)
        for program in programs:
            status, text = compare(arguments.simulator, bench, program, dump)
            if status != 0:
                break
        if status != 1 or not text.startswith("Different: "):
            fail(f"bug '{BUGS[number].name}': found status {status}, expected a difference\n{text}")
        print(f"{BUGS[number].name}: {text.splitlines()[0]}")


if __name__ == "__main__":
    main()
