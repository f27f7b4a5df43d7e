"""What a cocotb bench needs to put a core beside the model."""

from __future__ import annotations

from typing import Any, Callable, Optional

from cocotb.triggers import FallingEdge, Timer

from ubpfsim.model import Access, Commit, Error, Model, Rules

__all__ = ["CoreMemory", "CoreScoreboard"]


def _value(signal: Any, what: str) -> int:
    """The value of a signal. Raises Error when bits of it are neither 0 nor 1."""
    value = signal.value
    if not value.is_resolvable:
        raise Error(f"found {value.binstr} in {what}, expected a value: x and z are what nobody drives or resets")
    return value.integer


class CoreMemory:
    """The memories of a core that reads and writes in one cycle: the text by slots, and bytes by address.

    It answers requests between two rising edges of `dut.clk`. The ports are those of the reference RTL: `fetch_pc`,
    `fetch_word`; `mem_read`, `mem_write`, `mem_address`, `mem_size`, `mem_wdata`, `mem_rdata`.
    """

    def __init__(self, dut: Any, text: bytes, memory: Optional[dict[int, int]] = None) -> None:
        self._dut = dut
        self._text = [int.from_bytes(text[place : place + 8], "little") for place in range(0, len(text), 8)]
        #: By address; what was never written is 0.
        self.memory: dict[int, int] = dict(memory or {})

    @property
    def slots(self) -> int:
        return len(self._text)

    def load(self, address: int, data: bytes) -> None:
        self.memory.update({address + place: byte for place, byte in enumerate(data)})

    async def run(self) -> None:
        """Answers for ever: start it with `cocotb.start_soon`."""
        dut = self._dut
        while True:
            await FallingEdge(dut.clk)
            if not (dut.running.value.is_resolvable and dut.running.value.integer):
                continue
            pc = _value(dut.fetch_pc, "fetch_pc")
            dut.fetch_word.value = self._text[pc] if pc < len(self._text) else 0
            reads, writes = _value(dut.mem_read, "mem_read"), _value(dut.mem_write, "mem_write")
            # Without a request the address may be anything.
            if not reads and not writes:
                continue
            address, size = _value(dut.mem_address, "mem_address"), _value(dut.mem_size, "mem_size")
            if reads:
                stored = bytes(self.memory.get(address + place, 0) for place in range(size))
                dut.mem_rdata.value = int.from_bytes(stored, "little")
            if writes:
                # What is written may depend on what was read: the design settles first.
                await Timer(1, "step")
                await Timer(1, "step")
                self.load(address, _value(dut.mem_wdata, "mem_wdata").to_bytes(8, "little")[:size])


class CoreScoreboard:
    """Compares each instruction that a core retires with the model's next one.

    The commit port is that of the reference RTL: `commit_valid`, `commit_pc`, `commit_insn`, `commit_fault`,
    `commit_wmask`, `commit_registers`, `commit_load`, `commit_store`, `commit_size`, `commit_address`, `commit_ldata`,
    `commit_sdata`. `fault_name` turns the number of a fault into its name in commit logs.
    """

    def __init__(self, dut: Any, model: Model, rules: Optional[Rules] = None,
                 fault_name: Callable[[int], str] = lambda number: "") -> None:
        self._dut, self.model, self._rules, self._fault_name = dut, model, rules, fault_name
        self.run_number = 0
        self._order = 0
        self._cycle = 0

    def next_run(self) -> None:
        """The next instruction belongs to the next run of the core."""
        self.run_number += 1
        self._order = 0

    async def run(self) -> None:
        """Watches until an instruction differs: await it, or start it with `cocotb.start_soon`."""
        dut = self._dut
        while not self.model.counts.differences:
            await FallingEdge(dut.clk)
            self._cycle += 1
            if dut.commit_valid.value.is_resolvable and dut.commit_valid.value.integer:
                self.model.check(self._commit(), self._rules)
                self._order += 1

    def _commit(self) -> Commit:
        dut = self._dut
        registers, mask = _value(dut.commit_registers, "commit_registers"), _value(dut.commit_wmask, "commit_wmask")
        commit = Commit(
            pc=_value(dut.commit_pc, "commit_pc"), instruction=_value(dut.commit_insn, "commit_insn"),
            fault=self._fault_name(_value(dut.commit_fault, "commit_fault")), run=self.run_number, order=self._order,
            cycle=self._cycle,
            writes={index: registers >> 64 * index & 0xFFFF_FFFF_FFFF_FFFF for index in range(11) if mask >> index & 1})
        for name, data, is_store in [("commit_load", "commit_ldata", False), ("commit_store", "commit_sdata", True)]:
            if _value(getattr(dut, name), name):
                commit.accesses.append(Access(
                    _value(dut.commit_address, "commit_address"), _value(getattr(dut, data), data),
                    _value(dut.commit_size, "commit_size"), is_store))
        return commit
