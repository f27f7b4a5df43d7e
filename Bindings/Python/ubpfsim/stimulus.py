"""The files that `ubpf-sim stimulus` writes, for benches in Python (specs/stimulus.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterator

__all__ = ["Configuration", "Packet", "Stimulus", "read_expected", "read_stimulus"]


@dataclass(frozen=True)
class Packet:
    """A TLP at an edge of the PCIe clock: header and payload, as they are on the wire."""

    cycle: int
    data: bytes
    #: Whether the logic behind the PCIe block has to do with it, or the block itself.
    is_users: bool


@dataclass(frozen=True)
class Configuration:
    """What the configuration space of the function says from an edge on."""

    cycle: int
    function_id: int
    max_payload: int
    max_read_request: int
    tag_limit: int
    bus_master: bool
    msi_enabled: bool
    msi_address: int
    msi_data: int
    #: Whether the function is told of the change, and whether it is a reset.
    is_notified: bool
    is_reset: bool


@dataclass
class Stimulus:
    """What the host sends, and how the function is configured, each in the order of time."""

    parameters: dict[str, int]
    packets: list[Packet]
    configurations: list[Configuration]
    end: int


def _lines(path: str | os.PathLike[str]) -> Iterator[list[str]]:
    with open(path) as file:
        for line in file:
            if not line.startswith("#"):
                yield line.split()


def _packet(words: list[str], is_users: bool) -> Packet:
    cycle, dwords, header, size, payload = words[1:6]
    data = bytes.fromhex(header)[: 4 * int(dwords)] + int(payload, 16).to_bytes(int(size), "little")
    return Packet(int(cycle), data, is_users)


def read_stimulus(path: str | os.PathLike[str]) -> Stimulus:
    stimulus = Stimulus({}, [], [], 0)
    for words in _lines(path):
        if words[0] == "param":
            stimulus.parameters[words[1]] = int(words[2])
        elif words[0] in ("rx", "ip"):
            stimulus.packets.append(_packet(words, words[0] == "rx"))
        elif words[0] == "cfg":
            numbers = [int(word, 16 if place in (2, 8, 9) else 10) for place, word in enumerate(words) if place > 0]
            flags = [bool(number) for number in (numbers[5], numbers[6], numbers[9], numbers[10])]
            stimulus.configurations.append(
                Configuration(*numbers[:5], flags[0], flags[1], numbers[7], numbers[8], flags[2], flags[3]))
        elif words[0] == "end":
            stimulus.end = int(words[1])
    return stimulus


def read_expected(path: str | os.PathLike[str]) -> list[Packet]:
    """The packets that the model's device sends."""
    return [_packet(words, True) for words in _lines(path) if words[0] == "tx"]
