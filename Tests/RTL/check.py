#!/usr/bin/env python3
"""Runs the reference RTL under Verilator in lock-step with the model, then each seeded bug, which has to be found.

check.py --library FOLDER --programs COMMAND [--count N] [--bugs N] [--measure] [--build FOLDER]

The library is libubpfsim.so; the command writes random programs (Tests/Support/RTLPrograms). Exit status: 0 when the
reference RTL does what the model does in all programs and every bug was found by the right difference, else 1.
"""

import argparse
import concurrent.futures
import json
import os
import re
import statistics
import subprocess
import time
from pathlib import Path

import bug_table
from bugs import BUGS
from simulation import HERE, ROOT, build_with_model, fail, said, with_bug

RTL = [HERE / "rtl/ebpf_pkg.sv", HERE / "rtl/classic5.sv"]
BENCH = HERE / "tb/classic5_tb.sv"
# r6 = 1000000; r7 = 0; loop: r7 += r6; *(u64 *)(r10 - 8) = r7; r6 -= 1; if r6 != 0 goto loop; r0 = *(u64 *)(r10 - 8); exit
LOOP = (
    "b706000040420f00b7070000000000000f670000000000007b7af8ff0000000007060000ffffffff5506fcff0000000079a0f8ff00000000"
    "9500000000000000")
LOOP_INSTRUCTIONS = 4_000_004
# call 0; r7 = r0; exit
HELPER_CALL = "8500000000000000bf070000000000009500000000000000"
# Of 1,000 instructions of every second set of programs so many may fault.
FAULTS = 50


def build_bench(sources: list[Path], library: Path, folder: Path, options: list[str] = []) -> Path:
    return build_with_model("classic5_tb", [*sources, BENCH], library, folder, options)


def run(bench: Path, program: Path, *arguments: str) -> tuple[bool, str]:
    """Whether the design did what the model does, and what it printed."""
    done = subprocess.run(
        [bench, f"+program={program}", f"+data={program.with_suffix('.dat')}", f"+scenario={program.with_suffix('.json')}",
         *arguments],
        capture_output=True, text=True, timeout=60)
    return done.returncode == 0 and "\nPASS" in "\n" + done.stdout, said(done)


def make_programs(command: str, folder: Path, count: int) -> list[Path]:
    """Legal programs, and as many of which some fault."""
    programs = []
    for name, faults in [("legal", 0), ("faulty", FAULTS)]:
        target = folder / f"programs/{name}"
        number = (count + 1) // 2
        subprocess.run([command, target, str(number), "1", str(faults)], check=True)
        programs += [target / f"{index}.bin" for index in range(number)]
    return programs


def check_reference(bench: Path, programs: list[Path]) -> tuple[int, int]:
    """How many instructions were compared, and cycles."""
    compared, cycles = 0, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for program, (same, text) in zip(programs, pool.map(lambda program: run(bench, program, "+cycles"), programs)):
            if not same:
                # A signal differs before the instruction that it belongs to retires, which tells more.
                fail(f"the reference RTL differs from the model in {program}:\n{text}{run(bench, program)[1]}")
            compared += int(re.search(r"(\d+) instructions compared", text).group(1))
            cycles += int(re.search(r"(\d+) cycles compared", text).group(1))
    return compared, cycles


def check_overrides(bench: Path, folder: Path) -> None:
    """What a helper function of the design returns is taken over by the model, whose own returns something else."""
    program = folder / "helper.bin"
    program.write_bytes(bytes.fromhex(HELPER_CALL))
    done = subprocess.run(
        [bench, f"+program={program}", "+helper=81985529216486895"], capture_output=True, text=True, timeout=60)
    if "3 instructions compared, 0 TLPs, 0 differences" not in done.stdout or "\nPASS" not in done.stdout:
        fail(f"the result of a helper function was not taken over:\n{said(done)}")
    print("overrides: the result of a helper function was taken over")


def measure(bench: Path, folder: Path) -> None:
    """What the comparison costs beside the Verilated core, on a loop of 4 million instructions."""
    program, scenario = folder / "loop.bin", folder / "loop.json"
    program.write_bytes(bytes.fromhex(LOOP))
    scenario.write_text(json.dumps({"steps": [{"load_text": {"program": {"hex": LOOP}}}, {"run": {}}]}))
    kinds = {"no model": ["+alone"], "model of a program": [], "model of a scenario": [f"+scenario={scenario}"]}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(5):
        for kind, arguments in kinds.items():
            begin = time.perf_counter()
            done = subprocess.run(
                [bench, f"+program={program}", "+limit=100000000", *arguments], capture_output=True, text=True)
            times[kind].append(time.perf_counter() - begin)
            if "\nPASS" not in "\n" + done.stdout:
                fail(f"the loop failed:\n{done.stdout}{done.stderr}")
    medians = {kind: statistics.median(times[kind]) for kind in kinds}
    alone = medians.pop("no model")
    for kind, seconds in medians.items():
        print(
            f"lock-step, {kind}: {LOOP_INSTRUCTIONS / seconds / 1e6:.2f} M checked instructions/s; of {seconds:.2f} s the "
            f"Verilated core took {alone:.2f} s, the comparison {seconds - alone:.2f} s")


def bug_sources(number: int, folder: Path) -> list[Path]:
    """The RTL with one bug."""
    return with_bug(BUGS[number], RTL, folder / f"bugs/{number}")


def difference(text: str) -> str:
    """The first difference without the place of the instruction, or what was said instead."""
    first = re.search(r"^ubpfsim: core0 .* differs: (.*)$", text, re.MULTILINE)
    return first.group(1) if first else text.strip().splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True, help="the folder of libubpfsim.so")
    parser.add_argument("--programs", required=True, help="the command that writes random programs")
    parser.add_argument("--count", type=int, default=1000, help="programs that the reference RTL goes through")
    parser.add_argument("--bugs", type=int, default=len(BUGS), help="how many of the bugs")
    parser.add_argument("--measure", action="store_true", help="time the comparison beside the Verilated core")
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    library = arguments.library.resolve()
    programs = make_programs(arguments.programs, folder, arguments.count)
    bench = build_bench(RTL, library, folder)
    compared, cycles = check_reference(bench, programs)
    print(
        f"reference RTL: {len(programs)} programs, {compared} instructions, each as in the model and in the same cycle, and the "
        f"registers in {cycles} cycles")
    check_overrides(bench, folder)
    if arguments.measure:
        measure(bench, folder)
    # Legal and faulty ones in turn.
    half = len(programs) // 2
    mixed = [program for pair in zip(programs[:half], programs[half:]) for program in pair]
    bug_table.show(
        BUGS, arguments.bugs, lambda number: build_bench(bug_sources(number, folder), library, folder), mixed, run, difference,
        what="program")


if __name__ == "__main__":
    main()
