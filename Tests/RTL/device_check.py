#!/usr/bin/env python3
"""Replays scenarios against the reference RTL of the device under Verilator, then against each seeded bug of it.

device_check.py --simulator COMMAND [--count N] [--bugs N] [--build FOLDER]

The command is ubpf-sim, which makes random scenarios, and of each the packets of the host and what the model's device does
with them. Every second one is replayed with a host that does not always take what the device sends. Exit status: 0 when the
reference RTL does what the model does, in the same cycles, and every bug was found by the right difference, else 1.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
from pathlib import Path

import bug_table
from device_bugs import BUGS
from simulation import HERE, ROOT, build, fail, said, with_bug

DEVICE = [HERE / "rtl" / f"{name}.sv" for name in [
    "device_pkg", "ebpf_pkg", "port_fifo", "port_crossing", "bar_decoder", "command_unit", "dma_engine", "device_memory",
    "transaction_layer", "classic5", "core_shell", "ubpf_device"]]
BENCH = [HERE / "tb/device_tb.sv"]
SEED = 1


def build_bench(sources: list[Path], folder: Path, optimisation: str) -> Path:
    return build("device_tb", [*sources, *BENCH], folder, arguments=["-CFLAGS", optimisation])


def make_replays(simulator: str, folder: Path, count: int, *, stalls: bool) -> list[Path]:
    """Random scenarios with their stimulus and expected log, as stems of file names.

    With `stalls`, the host of every second one does not always take what the device sends.
    """
    target = folder / "scenarios"
    target.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [simulator, "random", "--profile", "reference", "--seed", str(SEED), "--count", str(count), "--out", target],
        check=True, stdout=subprocess.DEVNULL)

    def make(number: int) -> Path:
        stem = target / f"reference-{SEED}-{number}"
        options = ["--stall", str(number)] if stalls and number % 2 else []
        done = subprocess.run(
            [simulator, "stimulus", f"{stem}.json", "--out", f"{stem}.stimulus", "--expect", f"{stem}.expected", *options],
            capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"{stem}.json: no stimulus: {done.stdout}{done.stderr}")
        return stem

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(make, range(count)))


def replay(bench: Path, stem: Path) -> tuple[int, str]:
    """How many packets and writes were the same, 0 when something differs or nothing was compared, and what was said."""
    done = subprocess.run(
        [bench, f"+stimulus={stem}.stimulus", f"+expect={stem}.expected"], capture_output=True, text=True, timeout=300)
    same = re.search(r"^SAME: (\d+) packets and writes", done.stdout, re.MULTILINE)
    return (int(same.group(1)) if same and done.returncode == 0 else 0), said(done)


def difference(text: str) -> str:
    """The difference without its time and place."""
    found = re.search(r"cycle \d+ \(\d+ ps\): (.*)$", text, re.MULTILINE)
    return found.group(1) if found else text.strip().splitlines()[0] if text.strip() else "nothing printed"


def check_reference(bench: Path, replays: list[Path]) -> int:
    compared = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for stem, (same, text) in zip(replays, pool.map(lambda stem: replay(bench, stem), replays)):
            if not same:
                fail(f"the reference device differs from the model in {stem}.json:\n{text}")
            compared += same
    return compared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulator", required=True, help="ubpf-sim")
    parser.add_argument("--count", type=int, default=1000, help="scenarios that the reference device goes through")
    parser.add_argument("--bugs", type=int, default=len(BUGS), help="how many of the bugs")
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    bench = build_bench(DEVICE, folder, "-O1")
    replays = make_replays(arguments.simulator, folder, arguments.count, stalls=True)
    compared = check_reference(bench, replays)
    print(
        f"reference device: {len(replays)} scenarios, {compared} packets and writes, each as in the model and in the same cycle",
        flush=True)
    # Most are found soon: to compile them takes longer than to run them.
    bug_table.show(
        BUGS, arguments.bugs,
        lambda number: build_bench(with_bug(BUGS[number], DEVICE, folder / f"device-bugs/{number}"), folder, "-O0"), replays,
        replay, difference, what="scenario")


if __name__ == "__main__":
    main()
