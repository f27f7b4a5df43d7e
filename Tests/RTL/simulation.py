"""Builds simulations with Verilator, of sources as they are or with a bug in them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def fail(message: str) -> None:
    print(f"rtl-check: {message}", file=sys.stderr)
    sys.exit(1)


def build(top: str, sources: list[Path], folder: Path, inputs: list[Path] = [], arguments: list[str] = []) -> Path:
    """The simulation of `sources` as a program, which is kept until something that it is made of changes.

    `inputs` are read but not compiled; `arguments` are for verilator.
    """
    parts = [top.encode(), *(path.read_bytes() for path in [*sources, *inputs]), *map(str.encode, arguments)]
    target = folder / hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
    if (target / "tb").exists():
        return target / "tb"
    made = target.with_suffix(f".{os.getpid()}")
    shutil.rmtree(made, ignore_errors=True)
    command = [
        "verilator", "--binary", "--timing", "-O3", "--top-module", top, "-Mdir", str(made), "-o", "tb", "-Wno-WIDTH",
        "-Wno-fatal", *arguments, *map(str, sources),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        errors = [line for line in (done.stdout + done.stderr).splitlines() if "rror" in line]
        fail("verilator: " + (errors or ["failed"])[0])
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    return target / "tb"


def build_with_model(top: str, sources: list[Path], library: Path, folder: Path, arguments: list[str] = []) -> Path:
    """A simulation that calls the model, whose library lies in the folder `library`."""
    bindings, header = ROOT / "Bindings/SystemVerilog", ROOT / "Sources/CUBPFSimHeader/include"
    return build(
        top, [bindings / "ubpfsim_pkg.sv", *sources, bindings / "ubpfsim_dpi.c"], folder, inputs=[header / "ubpfsim.h"],
        arguments=[*arguments, "-CFLAGS", f"-I{header} -O1", "-LDFLAGS", f"-L{library} -lubpfsim -Wl,-rpath,{library}"])


def said(done: subprocess.CompletedProcess) -> str:
    """All output of a simulation, but for Verilator's word that it has ended."""
    return re.sub(r"^- .*: Verilog \$finish\n", "", done.stdout, flags=re.MULTILINE) + done.stderr


def with_bug(bug, sources: list[Path], folder: Path) -> list[Path]:
    """Copies of `sources` in `folder`, with the bug in its file."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = []
    for path in sources:
        text = path.read_text()
        if path.name == bug.file:
            if text.count(bug.text) != 1:
                fail(f"bug '{bug.name}': found its text {text.count(bug.text)} times in {bug.file}, expected it once")
            text = text.replace(bug.text, bug.becomes)
        copy = folder / path.name
        if not copy.exists() or copy.read_text() != text:
            copy.write_text(text)
        copies.append(copy)
    return copies
