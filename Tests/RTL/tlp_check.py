#!/usr/bin/env python3
"""Checks that the SystemVerilog scoreboard finds the packets of a scenario to be those of the model, and a wrong one not.

tlp_check.py --simulator COMMAND --library FOLDER [--build FOLDER]

The simulator is ubpf-sim. Exit status: 0 when it does both, else 1.
"""

import argparse
import re
import subprocess
from pathlib import Path

from simulation import HERE, ROOT, build_with_model, fail


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulator", required=True, help="ubpf-sim")
    parser.add_argument("--library", type=Path, required=True, help="the folder of libubpfsim.so")
    parser.add_argument("--build", type=Path, default=ROOT / ".build/rtl", help="where to build")
    arguments = parser.parse_args()
    folder = arguments.build.resolve() / "tlps"
    folder.mkdir(parents=True, exist_ok=True)
    scenario, stimulus = HERE / "cocotb/device.json", folder / "stimulus"
    subprocess.run(
        [arguments.simulator, "stimulus", scenario, "--out", stimulus, "--expect", folder / "expected"], check=True,
        stdout=subprocess.DEVNULL)
    bench = build_with_model("tlp_tb", [HERE / "tb/tlp_tb.sv"], arguments.library.resolve(), folder)

    def run(*others: str) -> str:
        command = [bench, f"+stimulus={stimulus}", f"+scenario={scenario}", *others]
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout

    text = run()
    same = re.search(r"(\d+) TLPs, 0 differences\nPASS", text)
    if not same:
        fail(f"the packets of the scenario are not those of the model:\n{text}")
    count = int(same.group(1))
    for corrupt in [0, count // 2, count - 1]:
        text = run(f"+corrupt={corrupt}")
        if not re.search(r"^ubpfsim: link down .* differs: .*(\n.*)*\nFAIL$", text, re.MULTILINE):
            fail(f"packet {corrupt}, which is wrong, was not found:\n{text}")
        text = run(f"+corrupt={corrupt}", "+ignore=req cpl")
        if not re.search(rf"{count} TLPs, 0 differences\nPASS", text):
            fail(f"packet {corrupt} was found wrong in a field that does not count:\n{text}")
    print(f"scoreboard: {count} packets, all as in the model, and 3 of 3 wrong ones found")


if __name__ == "__main__":
    main()
