#!/usr/bin/env python3
"""Speed, peak memory and start-up time of ubpf-sim, and the bandwidth of its links beside closed forms.

Machines are noisy, so no figure stands alone: each round runs ours and the baseline one after the other, and what
counts is the median over the rounds of their ratio. Writes only below .build/bench.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import curves
import waveforms
from wire import OUT, ROOT, SIMULATOR

LINK_BENCH = SIMULATOR.with_name("TLPBench")

MEMORY_LIMIT_MB = 200
STARTUP_LIMIT_S = 0.1
# Over a link, without a trace, in millions a second.
TLP_FLOOR = 5
TLP_COUNT = 2_000_000

# LOOPS, LATENCY and program of the Verilator core. It never stops computing in `active`; in `idle` it waits for
# 1,000 cycles in each loop of about 20 instructions, that is for more than 95% of the time.
ACTIVE = ["active", "2000000", "0", "+prog=active.hex"]
IDLE = ["idle", "40000", "1000", "+prog=idle.hex"]
# Bench/tight.s: two instructions, 20 million times eight, and EXIT.
TIGHT_INSTRUCTIONS = 2 + 20_000_000 * 8 + 1


@dataclass
class Comparison:
    """Ours against a baseline, in one unit; without a baseline only ours."""

    name: str
    unit: str
    measure: Callable[[], float]
    baseline: Callable[[], float] | None
    required_ratio: float
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def run_round(self) -> None:
        self.ours.append(self.measure())
        if self.baseline:
            self.theirs.append(self.baseline())

    def ratio(self) -> float:
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs))


@dataclass
class Run:
    report: dict
    peak_mb: float

    @property
    def core_mcycles_per_s(self) -> float:
        host = self.report["host"]
        return host["cycles"]["core"] / host["wall_s"] / 1e6

    @property
    def minstructions_per_s(self) -> float:
        instructions = sum(step.get("instructions", 0) for step in self.report["steps"])
        return instructions / self.report["host"]["wall_s"] / 1e6

    @property
    def mtlps_per_s(self) -> float:
        """TLPs of all links."""
        tlps = sum(link["tlps"] for link in self.report["pcie"]["links"])
        return tlps / self.report["host"]["wall_s"] / 1e6


def stop(message: str) -> None:
    sys.exit(f"bench: {message}")


def simulate(scenario: Path, trace: Path | None = None) -> Run:
    report = OUT / "report.json"
    report.unlink(missing_ok=True)
    command = [SIMULATOR, scenario, "--report", report]
    if trace:
        trace.unlink(missing_ok=True)
        command += ["--trace", trace]
    # wait4 gives the peak memory of this one process; getrusage would give the largest of all so far.
    with open(OUT / "ubpf-sim.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        print((OUT / "ubpf-sim.log").read_text(), file=sys.stderr)
        stop(f"{scenario.name} ended with status {process.returncode}")
    return Run(json.loads(report.read_text()), usage.ru_maxrss / 1024)


def build_baselines(source: Path) -> Path | None:
    """The folder with the built baselines, or None when there are no sources."""
    if not (source / "build.sh").exists():
        print(f"No baselines in {os.path.relpath(source, ROOT)}: absolute figures only.")
        return None
    built = OUT / "core"
    binary = built / "core_verilated"
    newest = max(file.stat().st_mtime for file in source.iterdir())
    if not binary.exists() or binary.stat().st_mtime < newest:
        print("Building the baselines", flush=True)
        subprocess.run([source / "build.sh", built], check=True, stdout=subprocess.DEVNULL)
    return built


def core_baseline(built: Path | None, arguments: list[str]) -> Callable[[], float] | None:
    """Runs the Verilator core: millions of core cycles per second."""
    if not built:
        return None

    def run() -> float:
        command = [built / "core_verilated", *arguments]
        output = subprocess.run(command, cwd=built, check=True, capture_output=True, text=True).stdout
        match = re.search(r"([0-9.]+) Mcyc/s", output)
        if not match:
            stop(f"no speed in the baseline's output: {output.strip()}")
        return float(match[1])

    return run


def ubpf_baseline(source: Path, instructions: int) -> Callable[[], float] | None:
    """Builds uBPF's interpreter and runs the tight loop in it: millions of instructions per second."""
    if not (source / "vm" / "ubpf_vm.c").exists():
        print(f"No uBPF sources in {os.path.relpath(source, ROOT)} (UBPF=…): no comparison with its interpreter.")
        return None
    print("Building uBPF", flush=True)
    folder = OUT / "ubpf"
    folder.mkdir(exist_ok=True)
    (folder / "ubpf_config.h").write_text("#pragma once\n#define UBPF_HAS_ELF_H 1\n")
    units = [file for file in sorted((source / "vm").glob("ubpf_*.c"))]
    includes = [f"-I{folder}", f"-I{source / 'vm'}", f"-I{source / 'vm' / 'inc'}"]
    compiler = os.environ.get("CC") or shutil.which("gcc") or "cc"
    program, binary = folder / "tight.bin", folder / "ubpf"
    command = [compiler, "-O2", "-w", *includes, ROOT / "Bench" / "ubpf.c", *units, "-lm", "-o", binary]
    subprocess.run(command, check=True)
    subprocess.run([SIMULATOR, "asm", ROOT / "Bench" / "tight.s", "-o", program], check=True)

    def run() -> float:
        output = subprocess.run([binary, program], check=True, capture_output=True, text=True).stdout
        return instructions / float(output.split()[0]) / 1e6

    return run


def link_mtlps_per_s() -> float:
    """Runs a link alone, with traffic both ways: millions of TLPs per second."""
    output = subprocess.run([LINK_BENCH, str(TLP_COUNT)], check=True, capture_output=True, text=True).stdout
    match = re.match(r"([0-9]+) TLPs in ([0-9.e-]+) s", output)
    if not match:
        stop(f"no speed in TLPBench's output: {output.strip()}")
    return int(match[1]) / float(match[2]) / 1e6


def precompiled_scenario() -> Path:
    """The count scenario with an object file, so that start-up does not include the time of a C compiler."""
    source = ROOT / "traces" / "count"
    program = OUT / "count.o"
    clang = os.environ.get("CLANG", "clang")
    subprocess.run([clang, "-target", "bpf", "-mcpu=v3", "-O2", "-c", source / "count.c", "-o", program], check=True)
    scenario = json.loads((source / "count.json").read_text())
    for step in scenario["steps"]:
        if "load_text" in step:
            step["load_text"]["program"] = program.name
        if "load_data" in step:
            step["load_data"]["file"] = os.path.relpath(source / step["load_data"]["file"], OUT)
    path = OUT / "startup.json"
    path.write_text(json.dumps(scenario, indent=2))
    return path


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def report_speed(comparisons: list[Comparison]) -> bool:
    all_met = True
    print(f"{'':<46}{'ours':>10}{'baseline':>10}{'ratio':>9}{'required':>10}")
    for c in comparisons:
        row = f"{c.name + ', ' + c.unit:<46}{statistics.median(c.ours):>10.1f}"
        if c.theirs:
            met = c.ratio() >= c.required_ratio
            all_met &= met
            row += f"{statistics.median(c.theirs):>10.1f}{c.ratio():>9.2f}{c.required_ratio:>10.2f}  {verdict(met)}"
        print(row)
    return all_met


def report_limit(name: str, value: float, limit: float, unit: str) -> bool:
    met = value < limit
    print(f"{name:<46}{value:>10.1f}{'':>19}{'< ' + format(limit, 'g'):>10}  {verdict(met)}   ({unit})")
    return met


def report_floor(name: str, value: float, floor: float, unit: str) -> bool:
    met = value >= floor
    print(f"{name:<46}{value:>10.1f}{'':>19}{'>= ' + format(floor, 'g'):>10}  {verdict(met)}   ({unit})")
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each measurement (default 5)")
    parser.add_argument("--baselines", type=Path, default=ROOT / "../shared/bench/core", help="folder of their sources")
    parser.add_argument("--libfst", type=Path, default=ROOT / "../shared/bench/fst", help="folder of libfst's benchmark")
    parser.add_argument("--ubpf", type=Path, default=ROOT / "../ubpf", help="folder of uBPF's sources")
    arguments = parser.parse_args()

    if not (SIMULATOR.exists() and LINK_BENCH.exists() and waveforms.WRITER.exists()):
        stop("no release build: run `make bench`, or `swift build -c release` first")
    OUT.mkdir(parents=True, exist_ok=True)
    built = build_baselines(arguments.baselines.resolve())
    libfst = waveforms.build_libfst(arguments.libfst.resolve())

    count = ROOT / "traces" / "count" / "count-bench.json"
    idle = ROOT / "traces" / "idle" / "idle-bench.json"
    tight = ROOT / "Bench" / "tight.json"
    stream = ROOT / "Bench" / "stream.json"
    peak_mb: list[float] = []

    def traced() -> float:
        run = simulate(count, OUT / "count-bench.fst")
        peak_mb.append(run.peak_mb)
        return run.core_mcycles_per_s

    active, cycles = core_baseline(built, ACTIVE), "M core cycles/s"
    comparisons = [
        Comparison("count", cycles, lambda: simulate(count).core_mcycles_per_s, active, 1.5),
        Comparison("count, traced (FST)", cycles, traced, active, 0.25),
        Comparison("idle", cycles, lambda: simulate(idle).core_mcycles_per_s, core_baseline(built, IDLE), 10.0),
        Comparison(
            "functional engine", "M instructions/s", lambda: simulate(tight).minstructions_per_s,
            ubpf_baseline(arguments.ubpf.resolve(), TIGHT_INSTRUCTIONS), 2.0),
        Comparison("peer writes 16 MiB", "M TLPs/s", lambda: simulate(stream).mtlps_per_s, None, 0),
    ]
    startup = precompiled_scenario()
    startup_s: list[float] = []
    link_mtlps: list[float] = []
    dumps = waveforms.Figures()
    for number in range(1, arguments.rounds + 1):
        print(f"Round {number} of {arguments.rounds}", flush=True)
        for comparison in comparisons:
            comparison.run_round()
        startup_s.append(simulate(startup).report["host"]["startup_s"])
        link_mtlps.append(link_mtlps_per_s())
        waveforms.run_round(dumps, libfst, startup)
        dumps.idle.append(simulate(idle).core_mcycles_per_s)
        dumps.idle_traced.append(simulate(idle, OUT / "idle.fst").core_mcycles_per_s)
    bandwidth = curves.summary()

    print()
    met = report_speed(comparisons)
    print()
    met &= report_limit("peak memory, traced", max(peak_mb), MEMORY_LIMIT_MB, "MB")
    met &= report_limit(
        "start-up", statistics.median(startup_s) * 1000, STARTUP_LIMIT_S * 1000, "ms to the first cycle")
    met &= report_floor("link alone", statistics.median(link_mtlps), TLP_FLOOR, "M TLPs/s, both ways together")
    print()
    met &= waveforms.report(dumps)
    print()
    curves.print_table(curves.SUMMARY_HEADINGS, bandwidth)
    print(f"Medians of {arguments.rounds} rounds; traces, reports and logs are in {OUT.relative_to(ROOT)}.")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
