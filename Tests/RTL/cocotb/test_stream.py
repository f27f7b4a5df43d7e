"""Random packets through a register slice, with pauses on both sides: each comes out as it went in, in its order."""

import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from ubpfsim.axis import TLPSink, TLPSource

PACKETS = 200


@cocotb.test()
async def packets(dut):
    chance, received = random.Random(3), []
    dut.reset.value = 1
    cocotb.start_soon(Clock(dut.clk, 4, "ns").start())
    source = TLPSource(dut, "rx_", dut.clk)
    TLPSink(dut, "tx_", dut.clk, received.append, is_ready=lambda: chance.random() < 0.7)
    for _ in range(4):
        await FallingEdge(dut.clk)
    dut.reset.value = 0
    sent = [chance.randbytes(4 * chance.randint(3, 40)) for _ in range(PACKETS)]
    for packet in sent:
        source.send(packet)
        if chance.random() < 0.3:
            await source.wait()
    await source.wait()
    for _ in range(100):
        await FallingEdge(dut.clk)
    assert len(received) == PACKETS, f"found {len(received)} packets, expected {PACKETS}"
    for number, (found, expected) in enumerate(zip(received, sent)):
        assert found == expected, f"packet {number}: found {found.hex()}, expected {expected.hex()}"
