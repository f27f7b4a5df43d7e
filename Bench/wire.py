"""Transfers of a peer over a link: settings, closed forms, the published model, and what the wire carried.

Measured is from the first byte of the first packet with data to the last byte of the last, in both directions of the
peer's link.
"""

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from read_loop import ReadLoop

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / ".build" / "bench"
SIMULATOR = ROOT / ".build" / "release" / "ubpf-sim"

SIZES = [64 << n for n in range(15)]
# Bytes in all, at least: enough transfers for a steady state.
TOTAL = 65_536

# Header with framing, sequence number and LCRC: a request with a 64-bit address, a completion.
REQUEST_BYTES = 24
COMPLETION_BYTES = 20
DLLP_BYTES = 8
TAGS = 256
READ_LATENCY_NS = 300


@dataclass(frozen=True)
class Link:
    preset: str
    gt_per_s: int
    lanes: int
    max_payload: int
    max_read_request: int = 512

    @property
    def name(self) -> str:
        return f"Gen{self.preset[3]} x{self.lanes}, MPS {self.max_payload}"

    @property
    def rate(self) -> float:
        """Physical rate after line coding (128b/130b), in Gb/s."""
        return self.gt_per_s * self.lanes * 128 / 130

    def wire_ns(self, count: float) -> float:
        return 8 * count / self.rate

    @property
    def ack_limit_ns(self) -> float:
        """LinkSpec.ackLimit, 3.6.3.1, for at most 256 bytes of payload and 8 GT/s or more."""
        factor = 1.4 if self.lanes <= 4 else 2.5
        return ((self.max_payload + 28) * factor / self.lanes + 115) * 8 / (self.rate / self.lanes)


LINKS = [Link("gen3x8", 8, 8, 256), Link("gen3x8", 8, 8, 128), Link("gen4x8", 16, 8, 256), Link("gen3x4", 8, 4, 256)]

# Gb/s of the published model's code (pcie-bench), writes and reads, with MRRS 512; those of 512 bytes go for all above.
_GEN3X8 = {64: (42.10, 44.10), 256: (52.92, 53.69), 512: (52.92, 53.69)}
PUBLISHED = {
    LINKS[0]: _GEN3X8,
    LINKS[1]: {64: (41.21, 43.17), 256: (47.72, 49.01), 512: (47.72, 49.01)},
    LINKS[2]: {size: (2 * write, 2 * read) for size, (write, read) in _GEN3X8.items()},
}


def published(link: Link, size: int, is_read: bool) -> float | None:
    return PUBLISHED.get(link, {}).get(min(size, 512), (None, None))[is_read]


@dataclass(frozen=True)
class Setting:
    """Transfers of `size` bytes, back to back."""

    link: Link
    size: int
    is_read: bool
    dllp_bytes: int = DLLP_BYTES
    at_least: int = TOTAL

    @property
    def total(self) -> int:
        return max(self.size, self.at_least)

    @property
    def request(self) -> int:
        """Bytes that one read request asks for."""
        return min(self.size, self.link.max_read_request)

    @property
    def payload(self) -> int:
        return min(self.request if self.is_read else self.size, self.link.max_payload)

    @property
    def packet_bytes(self) -> int:
        """A full packet with data on the wire."""
        return self.payload + (COMPLETION_BYTES if self.is_read else REQUEST_BYTES)

    @property
    def closed_form_ns(self) -> float:
        """LinkRate.writeBandwidth or .readBandwidth, as the time for all bytes: TLPs only."""
        sent = self.total // self.payload * self.packet_bytes
        asked = self.total // self.request * REQUEST_BYTES if self.is_read else 0
        return self.link.wire_ns(max(sent, asked))

    @property
    def read_dllps_ns(self) -> float:
        """What the Acks and UpdateFCs of the read requests take away from the completions."""
        loop = ReadLoop(
            requests=self.total // self.request, tags=TAGS, completions=self.request // self.payload,
            request_time=self.link.wire_ns(REQUEST_BYTES), completion_time=self.link.wire_ns(self.packet_bytes),
            dllp_time=self.link.wire_ns(DLLP_BYTES), limit=self.link.ack_limit_ns)
        return loop.dllps() * loop.dllp_time

    def gigabits(self, ns: float) -> float:
        return 8 * self.total / ns

    def off_by(self, measured_ns: float, expected_ns: float) -> float:
        """The difference in times of one full packet."""
        return (measured_ns - expected_ns) / self.link.wire_ns(self.packet_bytes)


def scenario(setting: Setting) -> dict:
    link = setting.link
    step: dict = {"to": "host", "chunk": setting.size, "flush": False}
    if setting.is_read:
        step["length"] = setting.total
    else:
        step["fill"] = {"bytes": setting.total, "pattern": "zero"}
    return {
        "device": {
            "preset": link.preset,
            "endpoint": {"max_payload": link.max_payload, "max_read_request": link.max_read_request}},
        "host": {
            "read_latency": f"{READ_LATENCY_NS}ns", "outstanding_reads": 1024, "memory_base": 1 << 32},
        "peers": [{
            "tags": TAGS, "queue_depth": 256,
            "link": {
                "preset": link.preset, "dllp_bytes": setting.dllp_bytes, "retry_buffer": 512,
                "posted_headers": 127, "posted_data": 2047, "nonposted_headers": 127}}],
        "steps": [{"peer_read" if setting.is_read else "peer_write": step}],
    }


def measure_ns(setting: Setting, simulator: Path = SIMULATOR) -> float:
    path, log = OUT / "curve.json", OUT / "curve.jsonl"
    path.write_text(json.dumps(scenario(setting)))
    log.unlink(missing_ok=True)
    result = subprocess.run([simulator, path, "--tlp-log", log], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"curves: {setting} ended with status {result.returncode}: {(result.stdout + result.stderr).strip()}")
    first, last, carried = math.inf, 0, 0
    with open(log) as lines:
        for line in lines:
            packet = json.loads(line)
            # Interrupts and completions of configuration requests carry 4 bytes.
            if packet.get("link") == "peerLink" and packet.get("payload_bytes", 0) > 4:
                first = min(first, packet["timing"]["start_ps"])
                last = max(last, packet["timing"]["end_ps"])
                carried += packet["payload_bytes"]
    if carried != setting.total:
        sys.exit(f"curves: {setting} carried {carried} bytes instead of {setting.total}")
    return (last - first) / 1000


@dataclass
class Point:
    """One size on one link: writes with DLLPs, reads with and without."""

    link: Link
    size: int
    write: float
    bare_write: float
    read: float
    bare_read: float


def measure_point(link: Link, size: int, simulator: Path = SIMULATOR) -> Point:
    times = [
        measure_ns(Setting(link, size, is_read, dllp_bytes), simulator)
        for is_read in (False, True) for dllp_bytes in (DLLP_BYTES, 0)]
    return Point(link, size, *times)


def size_name(size: int) -> str:
    return f"{size} B" if size < 1024 else f"{size >> 10} KiB" if size < 1 << 20 else f"{size >> 20} MiB"
