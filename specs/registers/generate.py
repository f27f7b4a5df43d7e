#!/usr/bin/env python3
"""Generates registers.md and ubpf_device.h from ubpf_device.rdl, with PeakRDL: generate.py [FOLDER]

With --list it prints instead, as JSON, what the register map has: registers and memories with their places, fields and names
of values.
"""

import json
import subprocess
import sys
from pathlib import Path

from systemrdl import RDLCompiler
from systemrdl.node import FieldNode, MemNode, RegNode

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "ubpf_device.rdl"


def field(node: FieldNode) -> dict:
    encode = node.get_property("encode")
    return {
        "name": node.inst_name, "low": node.low, "high": node.high, "writable": node.is_sw_writable,
        "values": {member.name: member.value for member in encode} if encode else {},
    }


def contents() -> list[dict]:
    compiler = RDLCompiler()
    compiler.compile_file(str(SOURCE))
    listed = []
    for node in compiler.elaborate().top.descendants(unroll=True):
        if isinstance(node, RegNode):
            index = f"[{node.current_idx[0]}]" if node.is_array else ""
            listed.append({
                "name": node.inst_name + index, "address": node.absolute_address, "bytes": node.size,
                "fields": [field(child) for child in node.fields()],
            })
        elif isinstance(node, MemNode):
            listed.append({"name": node.inst_name, "address": node.absolute_address, "bytes": node.size, "fields": []})
    return listed


def main() -> None:
    if sys.argv[1:] == ["--list"]:
        return print(json.dumps(contents()))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for exporter, name in [("c-header", "ubpf_device.h"), ("markdown", "registers.md")]:
        # By its name alone, which is written into what is generated.
        subprocess.run(
            [sys.executable, "-m", "peakrdl", exporter, SOURCE.name, "-o", str(folder.resolve() / name)], cwd=HERE, check=True)


if __name__ == "__main__":
    main()
