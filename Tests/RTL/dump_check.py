#!/usr/bin/env python3
"""Compares dumps of the reference RTL with the model, by maps of their signals, then dumps of RTL with a bug.

dump_check.py core --simulator COMMAND --library FOLDER --programs COMMAND [--count N] [--bug N]... [--format vcd|fst]
dump_check.py device --simulator COMMAND [--count N] [--bug N]...

The simulator is ubpf-sim. The core goes through random programs, by the map classic5.json, the device through random
scenarios, by device.json. Exit status: 0 when the dumps of the reference RTL are the same as the model in all of them, and
for each bug a dump differs, else 1.
"""

import argparse
import re
import subprocess
from pathlib import Path

import check
import device_bugs
import device_check
from bugs import BUGS
from simulation import HERE, ROOT, build, fail, with_bug


class Core:
    """Each bench is dumped whole."""

    pattern = r"The same: (\d+) commits .*; (\d+) transfers of retired.*; 13 signals in (\d+) cycles$"
    parts = ["commits", "transfers", "cycles"]
    map, bugs, unit = HERE / "classic5.json", BUGS, "programs"

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.folder, self.library = folder, arguments.library.resolve()
        self.options = ["--trace-fst" if arguments.format == "fst" else "--trace"]
        # Half of them may fault, after which the pipelines hold what means nothing.
        self.inputs = check.make_programs(arguments.programs, folder, 2 * arguments.count)[: arguments.count]

    def bench(self, bug: int | None = None) -> Path:
        sources = check.RTL if bug is None else check.bug_sources(bug, self.folder)
        return check.build_bench(sources, self.library, self.folder, self.options)

    def plusargs(self, program: Path) -> list[str]:
        return [f"+program={program}", f"+data={program.with_suffix('.dat')}"]

    def scenario(self, program: Path) -> Path:
        return program.with_suffix(".json")


class Device:
    """Dumped down to the ports of the core."""

    pattern = r"The same: (\d+) commits .*, with their cycles; (.* TLPs of device down .*); (.* TLPs of device up .*)$"
    parts = ["commits", "packets to the device", "packets from it"]
    map, bugs, unit = HERE / "device.json", device_bugs.BUGS, "scenarios"

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.folder = folder
        replays = device_check.make_replays(arguments.simulator, folder, 2 * arguments.count, stalls=False)
        # Where nothing runs, there is nothing to compare of commits.
        self.inputs = [stem for stem in replays if self.runs(arguments.simulator, stem)][: arguments.count]

    @staticmethod
    def runs(simulator: str, stem: Path) -> bool:
        """Whether the core executes anything in the scenario."""
        log = Path(f"{stem}.commits")
        subprocess.run(
            [simulator, f"{stem}.json", "--commit-log", log], check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=60)
        return "\ncore0 " in log.read_text()

    def bench(self, bug: int | None = None) -> Path:
        sources = device_check.DEVICE
        if bug is not None:
            sources = with_bug(self.bugs[bug], sources, self.folder / f"device-bugs/{bug}")
        options = ["--trace-fst", "--trace-depth", "4", "-CFLAGS", "-O0" if bug is not None else "-O1"]
        return build("device_tb", [*sources, *device_check.BENCH], self.folder, arguments=options)

    def plusargs(self, stem: Path) -> list[str]:
        return [f"+stimulus={stem}.stimulus"]

    def scenario(self, stem: Path) -> Path:
        return Path(f"{stem}.json")


def compare(design: Core | Device, simulator: str, bench: Path, item: Path, dump: Path) -> tuple[int, str]:
    """The exit status of the comparison, and what it printed."""
    done = subprocess.run(
        [bench, *design.plusargs(item), "+alone", f"+dump={dump}"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        fail(f"{bench}: {done.stdout}{done.stderr}")
    done = subprocess.run(
        [simulator, "check", design.scenario(item), "--dump", dump, "--map", design.map], capture_output=True, text=True,
        timeout=60)
    return done.returncode, done.stdout + done.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    designs = parser.add_subparsers(required=True)
    core, device = designs.add_parser("core"), designs.add_parser("device")
    core.add_argument("--library", type=Path, required=True, help="the folder of libubpfsim.so")
    core.add_argument("--programs", required=True, help="the command that writes random programs")
    core.set_defaults(design=Core)
    device.set_defaults(design=Device)
    core.add_argument("--format", choices=["vcd", "fst"], default="fst", help="of the dumps")
    device.set_defaults(format="fst")
    for design in (core, device):
        design.add_argument("--simulator", required=True, help="ubpf-sim")
        design.add_argument("--count", type=int, default=50, help="programs or scenarios")
        design.add_argument("--bug", type=int, action="append", default=[], help="the number of a bug; may be repeated")
        design.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve() / "dumps"
    folder.mkdir(parents=True, exist_ok=True)
    design = arguments.design(arguments, folder)
    dump = folder / f"{arguments.design.__name__}.{arguments.format}"

    bench, counts = design.bench(), [0, 0, 0]
    for item in design.inputs:
        status, text = compare(design, arguments.simulator, bench, item, dump)
        same = re.match(design.pattern, text)
        if status != 0 or same is None:
            fail(f"the dump of the reference RTL differs from the model in {item}:\n{text}")
        counts = [count + sum(map(int, re.findall(r"\b\d+\b", part))) for count, part in zip(counts, same.groups())]
    numbers = ", ".join(f"{count} {part}" for count, part in zip(counts, design.parts))
    print(f"dumps: {len(design.inputs)} {design.unit}, {numbers}, all as in the model")

    for number in arguments.bug:
        bench = design.bench(number)
        for item in design.inputs:
            status, text = compare(design, arguments.simulator, bench, item, dump)
            if status != 0:
                break
        if status != 1 or not text.startswith("Different: "):
            fail(f"bug '{design.bugs[number].name}': found status {status}, expected a difference\n{text}")
        print(f"{design.bugs[number].name}: {text.splitlines()[0]}")


if __name__ == "__main__":
    main()
