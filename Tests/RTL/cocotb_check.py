#!/usr/bin/env python3
"""Runs the cocotb benches of the reference RTL: cocotb_check.py --library FILE --programs COMMAND [--simulator NAME] [--count N]

Each program is a simulation of its own. Exit status: 0 when the design does what the model does in all of them, else 1.
"""

import argparse
import os
import subprocess
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", message="Python runners")

from cocotb.runner import get_results, get_runner  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = [HERE / "rtl/ebpf_pkg.sv", HERE / "rtl/classic5.sv"]
ARGUMENTS = {"icarus": ["-g2012"], "verilator": ["-Wno-fatal", "-Wno-WIDTH", "-O3"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, required=True, help="libubpfsim.so")
    parser.add_argument("--programs", required=True, help="the command that writes random programs")
    parser.add_argument("--simulator", choices=sorted(ARGUMENTS), default="icarus")
    parser.add_argument("--count", type=int, default=6, help="programs")
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve() / f"cocotb-{arguments.simulator}"
    programs, number = [], (arguments.count + 1) // 2
    for name, faults in [("legal", "0"), ("faulty", "50")]:
        subprocess.run([arguments.programs, folder / name, str(number), "9", faults], check=True)
        programs += [folder / name / f"{index}.bin" for index in range(number)]
    runner = get_runner(arguments.simulator)
    runner.build(
        verilog_sources=SOURCES, hdl_toplevel="classic5", build_dir=folder / "build",
        build_args=ARGUMENTS[arguments.simulator], timescale=("1ns", "1ps"), always=True)
    # The runner hands our own path on.
    sys.path[:0] = [str(ROOT / "Bindings/Python"), str(HERE / "cocotb")]
    os.environ["VIRTUAL_ENV"] = sys.prefix
    for program in programs:
        results = runner.test(
            hdl_toplevel="classic5", test_module="test_classic5", build_dir=folder / "build", test_dir=folder,
            extra_env={"UBPFSIM_PROGRAM": str(program.with_suffix("")), "UBPFSIM_LIBRARY": str(arguments.library.resolve()),
                       "COCOTB_REDUCED_LOG_FMT": "1"})
        tests, failed = get_results(results)
        if tests != 1 or failed:
            print(f"cocotb with {arguments.simulator}: {program} failed")
            sys.exit(1)
    print(f"cocotb with {arguments.simulator}: {len(programs)} programs, each as in the model and in the same cycle")


if __name__ == "__main__":
    main()
