"""TLPs over AXI4-Stream in a cocotb bench.

A packet is header and payload as they are on the wire, without sequence number and LCRC: its first byte is in the lowest
lane of the first beat, and nothing lies between header and payload. `tkeep` may have a bit for each byte or for each dword.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Deque

import cocotb
from cocotb.triggers import Event, FallingEdge, Timer

from ubpfsim.model import Error, Model

__all__ = ["TLPScoreboard", "TLPSink", "TLPSource"]


class _Stream:
    """The signals of a stream, by the names that AXI gives them behind `prefix`."""

    def __init__(self, dut: Any, prefix: str, clock: Any) -> None:
        self.clock, self._dut, self._prefix = clock, dut, prefix
        self.valid, self.ready = self._signal("tvalid"), self._signal("tready")
        self.data, self.keep, self.last = self._signal("tdata"), self._signal("tkeep"), self._signal("tlast")
        if len(self.data) % 32:
            raise Error(f"found {prefix}tdata of {len(self.data)} bits, expected a multiple of 32")
        #: Bytes of a beat.
        self.bytes = len(self.data) // 8
        if self.bytes % len(self.keep):
            raise Error(
                f"found {prefix}tkeep of {len(self.keep)} bits beside {self.bytes} bytes of data, expected a bit for each byte "
                "or dword")
        #: Bytes that a bit of tkeep stands for.
        self.unit = self.bytes // len(self.keep)

    def _signal(self, name: str) -> Any:
        signal = getattr(self._dut, self._prefix + name, None)
        if signal is None:
            raise Error(f"found no signal {self._prefix}{name} in {self._dut._name}, expected the five of an AXI4-Stream")
        return signal

    def is_set(self, signal: Any, what: str) -> bool:
        if not signal.value.is_resolvable:
            raise Error(f"found {signal.value.binstr} in {self._prefix}{what}, expected 0 or 1: nobody drives or resets it")
        return bool(signal.value.integer)


class TLPSource:
    """Sends packets into a design, in their order, a beat in each cycle in which the design is ready."""

    def __init__(self, dut: Any, prefix: str, clock: Any) -> None:
        self._stream = _Stream(dut, prefix, clock)
        self._packets: Deque[bytes] = deque()
        self._arrived, self._sent = Event(), Event()
        self._stream.valid.value = 0
        cocotb.start_soon(self._run())

    def send(self, packet: bytes) -> None:
        """Puts `packet` behind those that are still to be sent."""
        if len(packet) < 12 or len(packet) % 4:
            raise Error(f"found a packet of {len(packet)} bytes, expected whole dwords, three or more")
        self._packets.append(bytes(packet))
        self._sent.clear()
        self._arrived.set()

    async def wait(self) -> None:
        """Returns when everything is sent."""
        if self._packets:
            await self._sent.wait()

    async def _run(self) -> None:
        stream = self._stream
        while True:
            if not self._packets:
                self._sent.set()
                self._arrived.clear()
                await self._arrived.wait()
                await FallingEdge(stream.clock)
            await self._send_one(self._packets[0])
            self._packets.popleft()

    async def _send_one(self, packet: bytes) -> None:
        stream = self._stream
        for place in range(0, len(packet), stream.bytes):
            beat = packet[place : place + stream.bytes]
            stream.data.value = int.from_bytes(beat, "little")
            stream.keep.value = (1 << (len(beat) + stream.unit - 1) // stream.unit) - 1
            stream.last.value = int(place + stream.bytes >= len(packet))
            stream.valid.value = 1
            is_taken = False
            while not is_taken:
                # Whether the design is ready may depend on what was just driven; the next rising edge takes the beat then.
                await Timer(1, "step")
                await Timer(1, "step")
                is_taken = stream.is_set(stream.ready, "tready")
                await FallingEdge(stream.clock)
        stream.valid.value = 0


class TLPSink:
    """Takes packets from a design and gives each one to `on_packet`; `is_ready` may say no in some cycles."""

    def __init__(self, dut: Any, prefix: str, clock: Any, on_packet: Callable[[bytes], None],
                 is_ready: Callable[[], bool] = lambda: True) -> None:
        self._stream, self._on_packet, self._is_ready = _Stream(dut, prefix, clock), on_packet, is_ready
        self._stream.ready.value = 0
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        stream, packet = self._stream, bytearray()
        while True:
            # Signals are settled between two rising edges; what is valid and ready here moves at the next one.
            await FallingEdge(stream.clock)
            is_ready = self._is_ready()
            stream.ready.value = int(is_ready)
            if not is_ready or not stream.valid.value.is_resolvable or not stream.valid.value.integer:
                continue
            kept = bin(stream.keep.value.integer).count("1") * stream.unit
            packet += stream.data.value.integer.to_bytes(stream.bytes, "little")[:kept]
            if stream.is_set(stream.last, "tlast"):
                self._on_packet(bytes(packet))
                packet.clear()


class TLPScoreboard:
    """Compares each packet that it is given with the next one that the model sends on a link in this direction.

    `link` may be the name of a device: what passes between its PCI Express block and the user logic behind it, which is what a
    design for an FPGA sees. `Model.set_tlp_rules` lets packets of different classes pass each other.
    """

    def __init__(self, model: Model, link: str = "link", is_up: bool = True) -> None:
        self.model, self._link, self._is_up = model, link, is_up

    def __call__(self, packet: bytes) -> None:
        self.model.check_tlp(self._link, self._is_up, packet)
