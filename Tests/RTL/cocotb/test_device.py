"""The device behind AXI4-Stream, in cocotb: plays a stimulus file, UBPFSIM_STIMULUS, and expects what UBPFSIM_EXPECTED says,
and what the model of the scenario UBPFSIM_SCENARIO does, which goes beside it.

The stream takes cycles that the model's ports do not, so the packets of each class are compared in their order, not in time.
A packet of the host waits for those of the device that came before it in the model.
"""

import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from ubpfsim import Model
from ubpfsim.axis import TLPScoreboard, TLPSink, TLPSource
from ubpfsim.stimulus import read_expected, read_stimulus

# Cycles that the device may take longer than the model, in all.
PATIENCE = 20_000


def flow_class(packet: bytes) -> str:
    """Posted, non-posted or completion, by Fmt and Type (PCI Express Base Specification 2.2.1)."""
    return {0x40: "posted", 0x60: "posted", 0x0A: "completion", 0x4A: "completion"}.get(packet[0], "non-posted")


@cocotb.test()
async def replay(dut):
    stimulus = read_stimulus(os.environ["UBPFSIM_STIMULUS"])
    expected = read_expected(os.environ["UBPFSIM_EXPECTED"])
    wanted = {name: [p.data for p in expected if flow_class(p.data) == name] for name in ("posted", "non-posted", "completion")}
    received, differences = [], []
    model = Model.scenario(os.environ["UBPFSIM_SCENARIO"])
    model.set_tlp_rules(by_class=True)
    sent_to_device, sent_by_device = TLPScoreboard(model, "device", is_up=False), TLPScoreboard(model, "device", is_up=True)

    def take(packet: bytes) -> None:
        number = sum(flow_class(other) == flow_class(packet) for other in received)
        queue = wanted[flow_class(packet)]
        want = queue[number] if number < len(queue) else b""
        if packet != want:
            differences.append(f"{flow_class(packet)} packet {number}: found {packet.hex()}, expected {want.hex() or 'none'}")
        received.append(packet)
        sent_by_device(packet)

    chance = random.Random(1)
    for name in ["function_id", "max_payload", "max_read_request", "tag_limit", "bus_master", "msi_enabled", "msi_address",
                 "msi_data", "configuration_changed", "function_reset"]:
        getattr(dut, name).value = 0
    dut.reset.value = 1
    cocotb.start_soon(Clock(dut.clk, stimulus.parameters["pcie_period_ps"], "ps").start())
    cocotb.start_soon(Clock(dut.core_clk, stimulus.parameters["core_period_ps"], "ps").start())
    source = TLPSource(dut, "rx_", dut.clk)
    TLPSink(dut, "tx_", dut.clk, take, is_ready=lambda: chance.random() < 0.8)
    for _ in range(8):
        await FallingEdge(dut.clk)
    dut.reset.value = 0

    events = sorted([p for p in stimulus.packets if p.is_users] + stimulus.configurations, key=lambda event: event.cycle)
    cycle, patience, place = 8, PATIENCE, 0
    while place < len(events) or len(received) < len(expected):
        await FallingEdge(dut.clk)
        dut.configuration_changed.value = dut.function_reset.value = 0
        cycle += 1
        assert not differences, differences[0]
        if place == len(events) or cycle < events[place].cycle:
            patience -= place == len(events)
            assert patience > 0, f"found {len(received)} packets of the device, expected {len(expected)}"
            continue
        event = events[place]
        if len(received) < sum(p.cycle < event.cycle for p in expected):
            # The device is late, and so is all that follows.
            cycle, patience = cycle - 1, patience - 1
            assert patience > 0, f"found {len(received)} packets of the device after {cycle} cycles, expected more"
            continue
        place += 1
        if event in stimulus.configurations:
            configure(dut, event)
        else:
            source.send(event.data)
            sent_to_device(event.data)
    assert expected and not differences, differences or "nothing was compared"
    assert model.finish() and not model.differences, model.differences
    dut._log.info("%d packets compared live", model.counts.tlps)


def configure(dut, event):
    for name in ["function_id", "max_payload", "max_read_request", "tag_limit", "msi_address", "msi_data"]:
        getattr(dut, name).value = getattr(event, name)
    dut.bus_master.value, dut.msi_enabled.value = int(event.bus_master), int(event.msi_enabled)
    dut.configuration_changed.value, dut.function_reset.value = int(event.is_notified), int(event.is_reset)
