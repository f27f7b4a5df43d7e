#!/usr/bin/env python3
"""Runs the cocotb benches of the reference RTL.

cocotb_check.py core --library FILE --programs COMMAND [--simulator NAME] [--count N]
cocotb_check.py stream [--simulator NAME]
cocotb_check.py device --ubpf-sim COMMAND --library FILE

The core runs random programs beside the model, each in a simulation of its own. Random packets go through a register slice of
an AXI-Stream. The device, under Verilator, hears over
AXI-Stream what it hears in the scenario cocotb/device.json, and has to send what the model sends; so says the dump too. Exit status: 0 when the
design does what the model does, else 1.
"""

import argparse
import os
import subprocess
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message="Python runners")

from cocotb.runner import get_results, get_runner  # noqa: E402

from device_check import DEVICE  # noqa: E402
from simulation import HERE, ROOT  # noqa: E402

CORE = [HERE / "rtl/ebpf_pkg.sv", HERE / "rtl/classic5.sv"]
ARGUMENTS = {"icarus": ["-g2012"], "verilator": ["-Wno-fatal", "-Wno-WIDTH", "-O3", "-CFLAGS", "-O1"]}


def run(
    simulator: str, sources: list[Path], top: str, module: str, folder: Path, cases: list[dict[str, str]], unit: str,
    dumps: bool = False,
) -> None:
    """Builds a design, and runs the test `module` with the environment of each case.

    With `dumps`, which is for Verilator, the last case leaves the waveform of the top module in dump.fst.
    """
    runner = get_runner(simulator)
    runner.build(
        verilog_sources=sources, hdl_toplevel=top, build_dir=folder / "build", build_args=ARGUMENTS[simulator] + (["--trace-fst", "--trace-depth", "1"] if dumps else []),
        timescale=("1ns", "1ps"), always=simulator == "icarus", waves=dumps)
    # The runner hands our own path on.
    sys.path[:0] = [str(ROOT / "Bindings/Python"), str(HERE / "cocotb")]
    os.environ["VIRTUAL_ENV"] = sys.prefix
    for case in cases:
        results = runner.test(
            hdl_toplevel=top, test_module=module, build_dir=folder / "build", test_dir=folder, waves=dumps,
            extra_env={**case, "COCOTB_REDUCED_LOG_FMT": "1"})
        tests, failed = get_results(results)
        if tests != 1 or failed:
            print(f"cocotb with {simulator}: {' '.join(case.values())} failed")
            sys.exit(1)
    print(f"cocotb with {simulator}: {len(cases)} {unit}")


def check_core(arguments: argparse.Namespace) -> None:
    folder = arguments.build.resolve() / f"cocotb-{arguments.simulator}"
    programs, number = [], (arguments.count + 1) // 2
    for name, faults in [("legal", "0"), ("faulty", "50")]:
        subprocess.run([arguments.programs, folder / name, str(number), "9", faults], check=True)
        programs += [folder / name / f"{index}.bin" for index in range(number)]
    library = str(arguments.library.resolve())
    cases = [{"UBPFSIM_PROGRAM": str(program.with_suffix("")), "UBPFSIM_LIBRARY": library} for program in programs]
    run(
        arguments.simulator, CORE, "classic5", "test_classic5", folder, cases,
        "programs, each as in the model and in the same cycle")


def check_stream(arguments: argparse.Namespace) -> None:
    folder = arguments.build.resolve() / f"cocotb-stream-{arguments.simulator}"
    folder.mkdir(parents=True, exist_ok=True)
    run(
        arguments.simulator, [HERE / "cocotb/axis_slice.sv"], "axis_slice", "test_stream", folder, [{}],
        "stream of random packets, each as it was sent")


def check_device(arguments: argparse.Namespace) -> None:
    folder = arguments.build.resolve() / "cocotb-device"
    folder.mkdir(parents=True, exist_ok=True)
    stimulus, expected = str(folder / "stimulus"), str(folder / "expected")
    scenario = HERE / "cocotb/device.json"
    subprocess.run(
        [arguments.ubpf_sim, "stimulus", scenario, "--out", stimulus, "--expect", expected], check=True)
    cases = [{
        "UBPFSIM_STIMULUS": stimulus, "UBPFSIM_EXPECTED": expected, "UBPFSIM_SCENARIO": str(scenario),
        "UBPFSIM_LIBRARY": str(arguments.library.resolve())}]
    run(
        "verilator", [*DEVICE, HERE / "rtl/ubpf_device_axis.sv"], "ubpf_device_axis", "test_device", folder, cases,
        "scenario over AXI-Stream, each packet as in the model", dumps=True)
    done = subprocess.run(
        [arguments.ubpf_sim, "check", scenario, "--dump", folder / "dump.fst", "--map",
         HERE / "cocotb/device_axis.json"], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"cocotb with verilator: the dump differs from the model:\n{done.stdout}{done.stderr}")
        sys.exit(1)
    print(f"the dump of cocotb with verilator: {done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    designs = parser.add_subparsers(required=True)
    core = designs.add_parser("core")
    core.add_argument("--library", type=Path, required=True, help="libubpfsim.so")
    core.add_argument("--programs", required=True, help="the command that writes random programs")
    core.add_argument("--simulator", choices=sorted(ARGUMENTS), default="icarus")
    core.add_argument("--count", type=int, default=6, help="programs")
    core.set_defaults(check=check_core)
    stream = designs.add_parser("stream")
    stream.add_argument("--simulator", choices=sorted(ARGUMENTS), default="icarus")
    stream.set_defaults(check=check_stream)
    device = designs.add_parser("device")
    device.add_argument("--ubpf-sim", required=True, help="the command ubpf-sim")
    device.add_argument("--library", type=Path, required=True, help="libubpfsim.so")
    device.set_defaults(check=check_device)
    arguments = parser.parse_args()
    arguments.check(arguments)


if __name__ == "__main__":
    main()
