"""classic5 beside the model, in cocotb. UBPFSIM_PROGRAM names a program that RTLPrograms wrote, without its ending."""

import os
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge

from ubpfsim import Model, Rules
from ubpfsim.cocotb import CoreMemory, CoreScoreboard

DATA = 0x40_0000
FAULTS = ["", "loadOutOfBounds", "storeOutOfBounds", "misalignedAtomic", "callDepth", "unknownHelper", "invalidInstruction"]
CYCLE_LIMIT = 20_000


@cocotb.test()
async def lock_step(dut):
    stem = os.environ["UBPFSIM_PROGRAM"]
    text, data = Path(f"{stem}.bin").read_bytes(), Path(f"{stem}.dat").read_bytes()
    memory = CoreMemory(dut, text)
    memory.load(DATA, data)
    for name in ["start", "fetch_word", "mem_rdata", "helper_done", "helper_exits", "helper_value", "entry", "program_size",
                 "program_constants"]:
        getattr(dut, name).value = 0
    dut.helper_unknown.value = 1
    dut.text_count.value = memory.slots
    dut.data_base.value = dut.r1.value = DATA
    dut.data_size.value = dut.r2.value = len(data)
    dut.reset.value = 1
    cocotb.start_soon(Clock(dut.clk, 10, "ns").start())
    cocotb.start_soon(memory.run())
    with Model.scenario(f"{stem}.json") as model:
        scoreboard = CoreScoreboard(dut, model, Rules(cycle_tolerance=0), FAULTS.__getitem__)
        watching = cocotb.start_soon(scoreboard.run())
        helper = cocotb.start_soon(answer_helpers(dut))
        await ClockCycles(dut.clk, 3, rising=False)
        dut.reset.value = 0
        dut.start.value = 1
        await FallingEdge(dut.clk)
        dut.start.value = 0
        for _ in range(CYCLE_LIMIT):
            await FallingEdge(dut.clk)
            if watching.done() or not dut.running.value.integer:
                break
        else:
            assert False, f"found no end after {CYCLE_LIMIT} cycles"
        helper.kill()
        assert model.finish() and not model.differences, "\n".join(model.differences)
        dut._log.info("%d instructions compared", model.counts.commits)


async def answer_helpers(dut):
    """No helper function is known, which the helper unit finds out in two cycles."""
    while True:
        await FallingEdge(dut.clk)
        if dut.helper_call.value.is_resolvable and dut.helper_call.value.integer:
            await ClockCycles(dut.clk, 2, rising=False)
            dut.helper_done.value = 1
            await FallingEdge(dut.clk)
            dut.helper_done.value = 0
