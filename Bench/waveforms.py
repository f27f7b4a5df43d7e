"""The FST writer beside libfst on the same stimulus, and what a full trace adds to a run.

Both writers get 52 million value changes of 501 signals over a million cycles; the time of the stimulus is in the
figures of both. libfst is measured as everybody calls it, and tuned: flushed every 2,000 cycles.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from wire import OUT, ROOT, SIMULATOR

WRITER = SIMULATOR.with_name("WaveformBench")
CYCLES = 1_000_000
FLUSH_CYCLES = 2000
# Ratios to libfst that have to be reached, and what the writer may take.
TUNED_WALL, TUNED_CPU, STOCK_WALL = 3.0, 2.0, 10.0
PEAK_MB = 128
TRACED_RATIO = 2.5


@dataclass
class Dump:
    """One run of a writer."""

    wall_s: float
    cpu_s: float
    megabytes: float
    peak_mb: float


@dataclass
class Figures:
    ours: list[Dump] = field(default_factory=list)
    tuned: list[Dump] = field(default_factory=list)
    stock: list[Dump] = field(default_factory=list)
    # Whole processes, seconds.
    untraced: list[float] = field(default_factory=list)
    traced: list[float] = field(default_factory=list)
    # The simulation alone, in millions of core cycles a second.
    idle: list[float] = field(default_factory=list)
    idle_traced: list[float] = field(default_factory=list)


def build_libfst(source: Path) -> Path | None:
    """libfst's benchmark, or None when there are no sources."""
    if not (source / "build.sh").exists():
        print(f"No libfst baseline in {os.path.relpath(source, ROOT)}: absolute figures only.")
        return None
    built = OUT / "fst"
    if not (built / "libfst_bench").exists():
        print("Building libfst", flush=True)
        subprocess.run([source / "build.sh", built], check=True, stdout=subprocess.DEVNULL)
    return built / "libfst_bench"


def write_ours() -> Dump:
    output = subprocess.run(
        [WRITER, OUT / "ours.fst", str(CYCLES)], check=True, capture_output=True, text=True).stdout
    match = re.match(r"[0-9]+ changes in ([0-9.e-]+) s, ([0-9.e-]+) s of CPU, ([0-9]+) bytes, ([0-9]+) MB peak", output)
    if not match:
        sys.exit(f"bench: no figures in WaveformBench's output: {output.strip()}")
    return Dump(float(match[1]), float(match[2]), int(match[3]) / 1e6, float(match[4]))


def write_libfst(binary: Path, flush: int) -> Dump:
    environment = dict(os.environ, FLUSH=str(flush))
    output = subprocess.run(
        [binary, OUT / "libfst.fst", "4", "0", "int", str(CYCLES)], check=True, capture_output=True, text=True,
        env=environment).stdout
    values = dict(word.split("=", 1) for word in output.split() if "=" in word)
    return Dump(float(values["total"]), float(values["cpu"]), int(values["bytes"]) / 1e6, float(values["rss"][:-2]))


def process_seconds(scenario: Path, trace: Path | None) -> float:
    """The time of a whole run, from the start of the process to its end."""
    command = [SIMULATOR, scenario] + (["--trace", trace] if trace else [])
    start = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def run_round(figures: Figures, libfst: Path | None, scenario: Path) -> None:
    figures.ours.append(write_ours())
    if libfst:
        figures.tuned.append(write_libfst(libfst, FLUSH_CYCLES))
        figures.stock.append(write_libfst(libfst, 0))
    # Short: several in turn make one figure.
    pairs = [(process_seconds(scenario, None), process_seconds(scenario, OUT / "count.fst")) for _ in range(5)]
    figures.untraced.append(statistics.median(pair[0] for pair in pairs))
    figures.traced.append(statistics.median(pair[1] for pair in pairs))


def _row(name: str, value: str, ratio: float | None, required: float | None, at_least: bool = True) -> bool:
    met = ratio is None or required is None or (ratio >= required if at_least else ratio <= required)
    tail = "" if ratio is None else f"{ratio:>9.2f}"
    if required is not None and ratio is not None:
        tail += f"{('>= ' if at_least else '<= ') + format(required, 'g'):>10}  {'met' if met else 'MISSED'}"
    print(f"{name:<46}{value:>20}{tail}")
    return met


def _dumps(dumps: list[Dump]) -> str:
    return f"{statistics.median(d.wall_s for d in dumps):.2f} s, {statistics.median(d.cpu_s for d in dumps):.2f} s CPU"


def report(figures: Figures) -> bool:
    """Prints all figures; whether what is required was reached."""
    ours = figures.ours
    met = True
    print(f"{'FST writers, 52 M value changes':<46}{'median':>20}{'ratio':>9}{'required':>10}")
    _row("ours", _dumps(ours), None, None)
    if figures.tuned:
        tuned, stock = figures.tuned, figures.stock
        paired = lambda others, of: statistics.median(of(b) / of(a) for a, b in zip(ours, others))
        _row("libfst, tuned", _dumps(tuned), None, None)
        met &= _row("  wall time against ours", "", paired(tuned, lambda d: d.wall_s), TUNED_WALL)
        met &= _row("  CPU time against ours", "", paired(tuned, lambda d: d.cpu_s), TUNED_CPU)
        _row("libfst, as everybody calls it", _dumps(stock), None, None)
        met &= _row("  wall time against ours", "", paired(stock, lambda d: d.wall_s), STOCK_WALL)
        size = statistics.median(d.megabytes for d in ours)
        met &= _row(
            "  our file against tuned libfst's", f"{size:.1f} MB", size / statistics.median(d.megabytes for d in tuned),
            1.0, at_least=False)
    peak = max(d.peak_mb for d in ours)
    met &= _row("  our peak memory", f"{peak:.0f} MB", peak, PEAK_MB, at_least=False)
    ratio = statistics.median(b / a for a, b in zip(figures.untraced, figures.traced))
    run = f"{statistics.median(figures.untraced) * 1e3:.0f} -> {statistics.median(figures.traced) * 1e3:.0f} ms"
    met &= _row("count, whole run, untraced -> traced", run, ratio, TRACED_RATIO, at_least=False)
    if figures.idle:
        ratio = statistics.median(a / b for a, b in zip(figures.idle, figures.idle_traced))
        speeds = f"{statistics.median(figures.idle):.0f} -> {statistics.median(figures.idle_traced):.0f} M/s"
        _row("idle, cycles a second, untraced -> traced", speeds, ratio, None)
    return met
