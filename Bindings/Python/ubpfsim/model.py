"""Models as Python objects."""

from __future__ import annotations

import ctypes
import enum
import os
from dataclasses import dataclass, field
from typing import Iterable, NamedTuple, Optional

from ubpfsim import _library as lib
from ubpfsim._library import ABI_VERSION

__all__ = ["ABI_VERSION", "Access", "Commit", "Counts", "Error", "Ignore", "Model", "ModelFault", "Rules"]

_ANY_TIME = (1 << 64) - 1


class Error(Exception):
    """A call that makes no sense, or a file that cannot be used."""


class ModelFault(Error):
    """The model found a fault of its own."""


class Ignore(enum.IntFlag):
    """Parts of a commit that a comparison leaves out."""

    NOTHING = 0
    PC = 1
    INSTRUCTION = 2
    FAULT = 4
    LOADS = 8
    STORES = 16
    #: The numbers of the run and of the instruction.
    PLACE = 32


@dataclass(frozen=True)
class Access:
    """A memory access: `size` is 1, 2, 4 or 8 bytes, `value` the bytes in memory as a little-endian number."""

    address: int
    value: int
    size: int
    is_store: bool


@dataclass
class Commit:
    """What one retired instruction did (specs/commit-log.md)."""

    #: The slot, and its 8 bytes as a little-endian number.
    pc: int
    instruction: int
    #: The registers that it wrote, by number.
    writes: dict[int, int] = field(default_factory=dict)
    accesses: list[Access] = field(default_factory=list)
    #: Why it did not retire; empty when it did.
    fault: str = ""
    #: The run of the core, and the instruction in it, from 0.
    run: int = 0
    order: int = 0
    #: The edge of the core's clock, and that in picoseconds; 0 when unknown.
    cycle: int = 0
    time: int = 0
    core: int = 0

    def _struct(self) -> lib.CommitStruct:
        if len(self.writes) > lib.MAX_WRITES or len(self.accesses) > lib.MAX_ACCESSES:
            raise Error(
                f"found {len(self.writes)} writes and {len(self.accesses)} accesses, expected at most {lib.MAX_WRITES} "
                f"and {lib.MAX_ACCESSES}")
        made = lib.CommitStruct(
            core=self.core, run=self.run, order=self.order, pc=self.pc, instruction=self.instruction, cycle=self.cycle,
            time=self.time, write_count=len(self.writes), access_count=len(self.accesses),
            fault=self.fault.encode()[: lib.MAX_FAULT - 1])
        for place, (index, value) in enumerate(sorted(self.writes.items())):
            made.writes[place] = lib.Write(value=value, index=index)
        for place, access in enumerate(self.accesses):
            made.accesses[place] = lib.AccessStruct(access.address, access.value, access.size, int(access.is_store))
        return made

    @classmethod
    def _of(cls, struct: lib.CommitStruct) -> Commit:
        return cls(
            pc=struct.pc, instruction=struct.instruction, fault=struct.fault.decode(), run=struct.run, order=struct.order,
            cycle=struct.cycle, time=struct.time, core=struct.core,
            writes={write.index: write.value for write in struct.writes[: struct.write_count]},
            accesses=[
                Access(access.address, access.value, access.size, bool(access.is_store))
                for access in struct.accesses[: struct.access_count]
            ])


@dataclass
class Rules:
    """What counts when commits are compared."""

    ignored: Ignore = Ignore.NOTHING
    #: By register: the bits of a written value that count; 0 for a register that may be what it likes.
    register_masks: dict[int, int] = field(default_factory=dict)
    #: How many cycles may be more or less since the first commit of the run; None when time is free.
    cycle_tolerance: Optional[int] = None

    def _struct(self) -> lib.RulesStruct:
        made = lib.RulesStruct()
        lib.library().ubpfsim_default_rules(ctypes.byref(made))
        made.ignored = int(self.ignored)
        for index, mask in self.register_masks.items():
            if not 0 <= index <= 10:
                raise Error(f"found register {index}, expected 0 to 10")
            made.register_masks[index] = mask
        if self.cycle_tolerance is not None:
            made.cycle_tolerance = self.cycle_tolerance
        return made


class Counts(NamedTuple):
    """How much was compared, and how many differences were found."""

    commits: int
    tlps: int
    differences: int


class Model:
    """A model that goes beside a design. Use it in a `with` statement, or close it.

    One thread at a time may use it.
    """

    def __init__(self, handle: ctypes.c_void_p) -> None:
        self._handle: Optional[ctypes.c_void_p] = handle

    @classmethod
    def scenario(cls, path: str | os.PathLike[str]) -> Model:
        """The whole system of a scenario, which knows times. Raises Error for a wrong scenario."""
        return cls._open("ubpfsim_open_scenario", os.fsencode(path))

    @classmethod
    def program(cls, program: bytes, data: bytes = b"") -> Model:
        """A core alone, without timing, about to execute `program`: an ELF object or raw slots.

        `data` lies in DATA, at 0x400000. Raises Error for a program that cannot be loaded.
        """
        return cls._open("ubpfsim_open_program", program, len(program), data, len(data))

    @classmethod
    def _open(cls, function: str, *arguments: object) -> Model:
        handle = ctypes.c_void_p()
        message = ctypes.create_string_buffer(4096)
        status = getattr(lib.library(), function)(ABI_VERSION, *arguments, ctypes.byref(handle), message, len(message))
        if status != lib.OK:
            raise Error(message.value.decode())
        return cls(handle)

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Gives the model back; a second time does nothing."""
        handle, self._handle = getattr(self, "_handle", None), None
        if handle is not None:
            lib.library().ubpfsim_close(handle)

    def _call(self, function: str, *arguments: object) -> int:
        """The status of a call that may end or differ; raises for one that makes no sense."""
        if self._handle is None:
            raise Error("the model is closed")
        status = getattr(lib.library(), function)(self._handle, *arguments)
        if status in (lib.INVALID, lib.FAULT):
            text = self._text("ubpfsim_message")
            raise ModelFault(text) if status == lib.FAULT else Error(text)
        return status

    def _text(self, function: str, *arguments: object) -> str:
        needed = ctypes.c_size_t()
        call = getattr(lib.library(), function)
        call(self._handle, *arguments, None, 0, ctypes.byref(needed))
        buffer = ctypes.create_string_buffer(needed.value)
        call(self._handle, *arguments, buffer, len(buffer), None)
        return buffer.value.decode()

    # Stepping.

    def step(self) -> Optional[Commit]:
        """The next instruction of the model; None when there is none."""
        struct = lib.CommitStruct()
        ended = self._call("ubpfsim_step", ctypes.byref(struct)) == lib.END
        return None if ended else Commit._of(struct)

    def run_until(self, picoseconds: int) -> bool:
        """Lets a scenario go on; whether it has ended."""
        return self._call("ubpfsim_run_until", picoseconds) == lib.END

    @property
    def time(self) -> int:
        """Where a scenario is, in picoseconds; 0 of a program."""
        found = ctypes.c_uint64()
        self._call("ubpfsim_time", ctypes.byref(found))
        return found.value

    # Comparing.

    def check(self, commit: Commit, rules: Optional[Rules] = None) -> bool:
        """Whether the model's next instruction does what the design's did."""
        struct = ctypes.byref(commit._struct())
        return self._call("ubpfsim_check_commit", struct, ctypes.byref(rules._struct()) if rules else None) == lib.OK

    def check_tlp(self, link: str, is_up: bool, packet: bytes, time: int = 0, tolerance: Optional[int] = None) -> bool:
        """Whether the next TLP that the model sends there is `packet`: prefixes, header and payload, as on the wire.

        `link` may be the name of a device: what passes between its PCI Express block and the user logic behind it.
        `time` is when its first byte was there, in picoseconds; with a `tolerance` the times since the first TLP count.
        """
        free = _ANY_TIME if tolerance is None else tolerance
        return self._call("ubpfsim_check_tlp", link.encode(), int(is_up), packet, len(packet), time, free) == lib.OK

    def set_tlp_rules(self, by_class: bool = False, ignored: Iterable[str] = ()) -> None:
        """What counts from now on when TLPs are compared.

        With `by_class`, posted requests, non-posted ones and completions are each in their own order, and may pass each other.
        `ignored` are fields by their names in logs, such as "tag".
        """
        self._call("ubpfsim_set_tlp_rules", int(by_class), " ".join(ignored).encode())

    def find_signal(self, path: str) -> int:
        """The number of a flip-flop of a scenario's model, by its path in waveforms: ``device.core.memory.result``."""
        found = ctypes.c_uint32()
        self._call("ubpfsim_find_signal", path.encode(), ctypes.byref(found), None)
        return found.value

    def signal(self, number: int) -> int:
        """The value of a signal behind the last edge up to `time`; of an enumeration the place of its case."""
        found = ctypes.c_uint64()
        self._call("ubpfsim_read_signal", number, ctypes.byref(found))
        return found.value

    def check_signal(self, number: int, design: int, mask: int = (1 << 64) - 1) -> bool:
        """Whether a signal is what the design has there, as far as bits of `mask` are set."""
        return self._call("ubpfsim_check_signal", number, design, mask) == lib.OK

    def finish(self) -> bool:
        """The design has ended: whether the model has too, and something was compared."""
        return self._call("ubpfsim_finish") == lib.OK

    @property
    def counts(self) -> Counts:
        numbers = [ctypes.c_uint64() for _ in range(3)]
        self._call("ubpfsim_counts", *map(ctypes.byref, numbers))
        return Counts(*(number.value for number in numbers))

    @property
    def differences(self) -> list[str]:
        """What differs, in words; the first thousand."""
        return [self._text("ubpfsim_difference", index) for index in range(min(1000, self.counts.differences))]

    # What the model cannot know: only of a program.

    def register(self, index: int) -> int:
        found = ctypes.c_uint64()
        self._call("ubpfsim_get_register", index, ctypes.byref(found))
        return found.value

    def set_register(self, index: int, value: int) -> None:
        """Gives the model the value that a design chose."""
        self._call("ubpfsim_set_register", index, value)

    def read_memory(self, address: int, size: int) -> bytes:
        buffer = ctypes.create_string_buffer(size)
        self._call("ubpfsim_read_memory", address, buffer, size)
        return buffer.raw

    def write_memory(self, address: int, data: bytes) -> None:
        self._call("ubpfsim_write_memory", address, data, len(data))
