"""Bugs of one line each, which the comparison with the model has to find.

Each has its kind, a name, the file, the text that is there once, what it becomes, and what the first difference is about: a
field of a commit, or the cycles.
"""

from dataclasses import dataclass

PACKAGE, CORE = "ebpf_pkg.sv", "classic5.sv"
REGISTER, STORES, LOADS, CYCLES, FAULT = r"r\d+ is ", r"stores is ", r"loads is ", r"cycles since #0 is ", r"fault is "
# The next instruction is another one: the design went elsewhere.
PATH = r"pc is "


@dataclass
class Bug:
    kind: str
    name: str
    file: str
    text: str
    becomes: str
    first: str


BUGS = [
    Bug("arithmetic", "subtraction the wrong way round", PACKAGE, "r = a - b;", "r = b - a;", REGISTER),
    Bug("arithmetic", "logical shift keeps the sign", PACKAGE, "r = a >> distance;", "r = $signed(a) >>> distance;", REGISTER),
    Bug("arithmetic", "32-bit shifts by 6 bits of distance", PACKAGE, "operand[5:0] : {1'b0, operand[4:0]}",
        "operand[5:0] : operand[5:0]", REGISTER),
    Bug("arithmetic", "32-bit results keep their high half", PACKAGE, "? r : {32'd0, r[31:0]};", "? r : r;", REGISTER),
    Bug("arithmetic", "division by zero gives all ones", PACKAGE, "b == 0 ? 64'd0 : magnitude_a", "b == 0 ? '1 : magnitude_a",
        REGISTER),
    Bug("arithmetic", "rest has the sign of the divisor", PACKAGE, "divided = negative_a ? -rest", "divided = negative_b ? -rest",
        REGISTER),
    Bug("arithmetic", "MOVSX of 16 bits extends bit 7", PACKAGE, "{{48{operand[15]}}", "{{48{operand[7]}}", REGISTER),
    Bug("arithmetic", "byte swap of 32 bits forgets one pair", PACKAGE, "{32'd0, x[7:0], x[15:8], x[23:16], x[31:24]}",
        "{32'd0, x[7:0], x[23:16], x[15:8], x[31:24]}", REGISTER),
    Bug("arithmetic", "signed load of 2 bytes is not extended", PACKAGE, "{{48{is_signed & raw[15]}}", "{{48{1'b0}}", REGISTER),
    Bug("arithmetic", "unsigned >= is >", PACKAGE, "is_taken = a >= b;", "is_taken = a > b;", PATH),
    Bug("arithmetic", "signed < compares unsigned", PACKAGE, "is_taken = $signed(sa) < $signed(sb);", "is_taken = a < b;", PATH),
    Bug("arithmetic", "atomic XOR is OR", PACKAGE, "atomic_value = old ^ source;", "atomic_value = old | source;", STORES),
    Bug("arithmetic", "LDDW loses its high half", CORE, "{fd.word[63:32], wide_word[63:32]}", "{32'd0, wide_word[63:32]}", REGISTER),
    Bug("hazard", "load-use not seen for the source", CORE, "|| d_traits.reads_src && d_src == em_next.destination", "|| 1'b0", rf"{REGISTER}|{STORES}|{PATH}|{CYCLES}|{LOADS}"),
    Bug("hazard", "no forwarding from execute to the source", CORE,
        "d_b = em_next.valid && em_next.destination == d_src ? em_next.result", "d_b = 1'b0 ? em_next.result",
        rf"{REGISTER}|{STORES}|{PATH}|{LOADS}"),
    Bug("hazard", "no forwarding from memory to the destination", CORE,
        ": mw_next.valid && mw_next.destination == d_dst ? mw_next.result", ": 1'b0 ? mw_next.result",
        rf"{REGISTER}|{STORES}|{PATH}|{FAULT}|{LOADS}"),
    Bug("hazard", "register file read before write-back", CORE, "registers_written[d_dst] : 64'd0",
        "registers[d_dst] : 64'd0", rf"{REGISTER}|{STORES}|{PATH}|{FAULT}"),
    Bug("hazard", "every writer is taken for a load", CORE,
        "&& (x_traits.is_load || x_traits.is_store || x_traits.is_atomic)\n", "&& 1'b1\n", CYCLES),
    Bug("hazard", "calls do not wait for older instructions", CORE, "x_transfers && mw_next.valid;",
        "1'b0;", rf"{REGISTER}|{CYCLES}"),
    Bug("flush", "decode is not flushed", CORE, "if (flush || follow) fd_next.valid = 0;", "if (follow) fd_next.valid = 0;", PATH),
    Bug("flush", "branches go one slot too short", CORE, "from + 17'd1 + {word[31], word[31:16]}", "from + {word[31], word[31:16]}",
        PATH),
    Bug("flush", "a call returns to itself", CORE, "<= {de.pc + 17'd1,", "<= {de.pc,", PATH),
    Bug("flush", "a return forgets r7", CORE, "registers_next[7] = caller.r7;", "registers_next[7] = registers[7];", REGISTER),
    Bug("flush", "a return moves r10 by 8 bytes less", CORE, "registers_written[10] + 64'(FRAME_SIZE)", "registers_written[10] + 64'(FRAME_SIZE) - 64'd8",
        REGISTER),
    Bug("byte enable", "stores of 2 bytes write one", PACKAGE, "4'd2: size_mask = 64'hffff;", "4'd2: size_mask = 64'hff;", STORES),
    Bug("byte enable", "accesses of 2 bytes are of one", PACKAGE, "2'd1: access_size = 4'd2;", "2'd1: access_size = 4'd1;",
        rf"{STORES}|{LOADS}|{REGISTER}"),
    Bug("byte enable", "atomics of 8 bytes need 4 bytes of alignment", CORE, "({60'd0, m_traits.size} - 64'd1)) != 0",
        "64'd3) != 0", rf"{FAULT}"),
    Bug("byte enable", "stores show what lies beyond their size", CORE, "mem_wdata = m_new & size_mask(m_traits.size);",
        "mem_wdata = m_new;", STORES),
    Bug("ordering", "a failed comparison counts as a store", CORE,
        "!m_traits.is_load && !(m_is_compare && !m_equal);", "!m_traits.is_load;", STORES),
    Bug("ordering", "an atomic fetches what it wrote", CORE, "m_traits.is_atomic ? mem_rdata : em.result", "m_traits.is_atomic ? mem_wdata : em.result", REGISTER),
    Bug("ordering", "a call saves into the frame above", CORE, "frames[FRAME_BITS'(depth)] <=", "frames[FRAME_BITS'(depth_next)] <=",
        rf"{PATH}|{REGISTER}"),
    Bug("latency", "a multiplication takes a cycle more", CORE, "< 8'(MULTIPLY_CYCLES)", "<= 8'(MULTIPLY_CYCLES)", CYCLES),
    Bug("latency", "a division takes a cycle more", CORE, "< 8'(DIVIDE_CYCLES)", "<= 8'(DIVIDE_CYCLES)", CYCLES),
    Bug("latency", "an atomic takes a cycle more", CORE, "< 8'(ATOMIC_CYCLES)", "<= 8'(ATOMIC_CYCLES)", CYCLES),
    Bug("latency", "calls wait a cycle more", CORE, "x_transfers && mw_next.valid;", "x_transfers && (mw_next.valid || mw.valid);",
        CYCLES),
    Bug("latency", "the second multiplication is too quick", CORE, "execute_count + 8'd1 : 8'd0;", "execute_count + 8'd1 : execute_count;",
        CYCLES),
    Bug("latency", "the second atomic is too quick", CORE, "memory_count + 8'd1 : 8'd0", "memory_count + 8'd1 : memory_count", CYCLES),
]
