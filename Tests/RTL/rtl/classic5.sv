// The classic5 core: fetch, decode, execute, memory, write-back, as specs/classic5.md describes them, cycle by cycle.
//
// Stages are evaluated from the last to the first, so that each one sees what the stages behind it do in this cycle:
// forwarding needs no comparison of its own.
module classic5
  import ebpf_pkg::*;
#(
  parameter int MULTIPLY_CYCLES = 3,
  parameter int DIVIDE_CYCLES   = 34,
  parameter int ATOMIC_CYCLES   = 2,
  parameter bit BACKWARD_TAKEN  = 0,
  parameter int STACK_SIZE      = 4096,
  parameter int FRAME_SIZE      = 256,
  parameter int CALL_DEPTH      = 8
) (
  input  logic        clk,
  input  logic        reset,
  // A run begins: the first fetch happens in the next cycle.
  input  logic        start,
  input  logic [16:0] entry,
  input  logic [63:0] r1,
  input  logic [63:0] r2,
  output logic        running,
  // The run is over with the instruction that retires in this cycle.
  output logic        ends,
  // Instruction memory, read in the same cycle. Slots behind the program are zeros.
  input  logic [16:0] text_count,
  output logic [16:0] fetch_pc,
  input  logic [63:0] fetch_word,
  // What a run may touch.
  input  logic [63:0] data_base,
  input  logic [63:0] data_size,
  input  logic [63:0] program_size,
  input  logic [63:0] program_constants,
  // Data memory, read and written in the same cycle.
  output logic        mem_read,
  output logic        mem_write,
  output logic [63:0] mem_address,
  output logic [3:0]  mem_size,
  output logic [63:0] mem_wdata,
  input  logic [63:0] mem_rdata,
  // Helper functions. A call is asked for once, with r1 to r5 in `commit_registers`, and waits for its answer.
  output logic        helper_call,
  output logic [31:0] helper_number,
  input  logic        helper_done,
  input  logic        helper_unknown,
  input  logic        helper_exits,
  input  logic [63:0] helper_value,
  // The instruction that retires, or faults, in this cycle.
  output logic        commit_valid,
  output logic [16:0] commit_pc,
  output logic [63:0] commit_insn,
  output logic [2:0]  commit_fault,
  // Which registers it writes, and all registers behind it, r0 in the lowest 64 bits.
  output logic [10:0] commit_wmask,
  output logic [703:0] commit_registers,
  output logic        commit_load,
  output logic        commit_store,
  output logic [3:0]  commit_size,
  output logic [63:0] commit_address,
  output logic [63:0] commit_ldata,
  output logic [63:0] commit_sdata
);
  localparam logic [63:0] STACK_BASE = 64'h0100_0000, PROGRAM_BASE = 64'h0200_0000, CODE_BASE = 64'h0400_0000;
  localparam int FRAME_BITS = CALL_DEPTH > 1 ? $clog2(CALL_DEPTH) : 1;
  localparam logic [3:0] NO_REGISTER = 4'd15;

  // Why a run ends before its EXIT.
  localparam logic [2:0] OK = 0, LOAD_OUT_OF_BOUNDS = 1, STORE_OUT_OF_BOUNDS = 2, MISALIGNED_ATOMIC = 3,
    CALL_DEPTH_EXCEEDED = 4, UNKNOWN_HELPER = 5, INVALID_INSTRUCTION = 6;

  typedef struct packed {
    logic        valid;
    logic [16:0] pc;
    logic [63:0] word;
  } fetch_decode_t;

  typedef struct packed {
    logic        valid;
    logic        predicted_taken;
    logic [3:0]  destination;
    logic [16:0] pc;
    logic [63:0] word;
    logic [63:0] a;
    logic [63:0] b;
  } decode_execute_t;

  typedef struct packed {
    logic        valid;
    logic [2:0]  fault;
    logic        is_last;
    logic [3:0]  destination;
    logic [16:0] pc;
    logic [63:0] word;
    logic [63:0] result;
    logic [63:0] value;
  } execute_memory_t;

  typedef struct packed {
    logic        valid;
    logic [2:0]  fault;
    logic        is_last;
    logic [3:0]  destination;
    logic [16:0] pc;
    logic [63:0] word;
    logic [63:0] result;
    logic        load;
    logic        store;
    logic [3:0]  size;
    logic [63:0] address;
    logic [63:0] ldata;
    logic [63:0] sdata;
  } memory_write_t;

  typedef struct packed {
    logic [16:0] return_pc;
    logic [63:0] r6;
    logic [63:0] r7;
    logic [63:0] r8;
    logic [63:0] r9;
  } frame_t;

  logic [16:0]     pc, pc_next;
  logic            draining, draining_next;
  logic            running_next;
  logic            wide_pending, wide_pending_next;
  logic [63:0]     wide_word, wide_word_next;
  logic [7:0]      execute_count, execute_count_next;
  logic [7:0]      memory_count, memory_count_next;
  fetch_decode_t   fd, fd_next;
  decode_execute_t de, de_next;
  execute_memory_t em, em_next;
  memory_write_t   mw, mw_next;
  // The register file, what it is behind this cycle's write-back, and what it becomes.
  logic [63:0]     registers[11];
  logic [63:0]     registers_written[11];
  logic [63:0]     registers_next[11];
  frame_t          frames[CALL_DEPTH];
  logic [7:0]      depth, depth_next;
  logic            helper_pending, helper_pending_next;
  frame_t          caller;

  assign fetch_pc = pc;
  // What the newest call saved.
  assign caller = frames[FRAME_BITS'(depth - 8'd1)];

  // Fields of an instruction word.
  function automatic logic [63:0] sign_extended(input logic [31:0] immediate);
    sign_extended = {{32{immediate[31]}}, immediate};
  endfunction
  function automatic logic [63:0] displaced(input logic [63:0] base, input logic [63:0] word);
    displaced = base + {{48{word[31]}}, word[31:16]};
  endfunction
  // JA32 and CALL count in their immediate, all others in their offset.
  function automatic logic [16:0] target_of(input logic [16:0] from, input logic [63:0] word);
    if (word[7:0] == OP_JA32 || word[7:0] == OP_CALL) target_of = from + 17'd1 + word[48:32];
    else target_of = from + 17'd1 + {word[31], word[31:16]};
  endfunction

  function automatic logic is_inside(input logic [63:0] address, input logic [3:0] size, input logic [63:0] base,
                                  input logic [63:0] count);
    logic [63:0] place;
    place = address - base;
    is_inside = place < count && count - place >= {60'd0, size};
  endfunction

  function automatic logic may_access(input logic [63:0] address, input logic [3:0] size, input logic writes,
                                      input logic [63:0] low, input logic [63:0] count, input logic [63:0] own,
                                      input logic [63:0] constants);
    if (is_inside(address, size, low, count)) may_access = 1;
    else if (is_inside(address, size, STACK_BASE, 64'(STACK_SIZE))) may_access = 1;
    else may_access = is_inside(address, size, PROGRAM_BASE, own) && (!writes || address - PROGRAM_BASE >= constants);
  endfunction

  // No block reads what it writes itself: Icarus Verilog would evaluate it for ever.

  // MARK: Write-back

  assign ends = mw.valid && (mw.fault != OK || mw.is_last);
  assign running_next = !ends;

  always_comb begin
    for (int i = 0; i < 11; i++) begin
      registers_written[i] = mw.valid && mw.fault == OK && mw.destination == i[3:0] ? mw.result : registers[i];
    end
  end

  // MARK: Memory

  traits_t     m_traits;
  logic        m_accesses, m_performs, m_is_compare, m_equal, memory_holds;
  logic [2:0]  m_fault;
  logic [63:0] m_new;
  assign m_traits = traits_of(em.word[7:0]);
  assign m_accesses = em.valid && (m_traits.is_load || m_traits.is_store || m_traits.is_atomic);
  assign memory_holds = em.valid && m_traits.is_atomic && memory_count + 8'd1 < 8'(ATOMIC_CYCLES);
  assign memory_count_next = memory_holds ? memory_count + 8'd1 : 8'd0;
  assign m_fault = !m_accesses ? OK
    : m_traits.is_atomic && (em.result & ({60'd0, m_traits.size} - 64'd1)) != 0 ? MISALIGNED_ATOMIC
    : may_access(em.result, m_traits.size, !m_traits.is_load, data_base, data_size, program_size, program_constants) ? OK
    : m_traits.is_load ? LOAD_OUT_OF_BOUNDS : STORE_OUT_OF_BOUNDS;
  // What is younger than the last instruction must not reach memory.
  assign m_performs = running && m_accesses && !memory_holds && m_fault == OK && !ends;
  assign mem_read = m_performs && !m_traits.is_store;
  assign mem_write = m_performs && !m_traits.is_load;
  assign mem_address = em.result;
  assign mem_size = m_traits.size;
  // CMPXCHG: all older instructions have retired, this cycle's included.
  assign m_is_compare = m_traits.is_atomic && em.word[39:32] == 8'hf1;
  assign m_equal = ((mem_rdata ^ registers_written[0]) & size_mask(m_traits.size)) == 0;
  assign m_new = m_traits.is_atomic ? atomic_value(em.word[39:32], mem_rdata, em.value, m_equal) : em.value;
  assign mem_wdata = m_new & size_mask(m_traits.size);

  always_comb begin
    mw_next = mw;
    mw_next.valid = em.valid && !memory_holds;
    if (em.valid) begin
      mw_next.fault = em.fault != OK ? em.fault : m_fault;
      mw_next.is_last = em.is_last;
      mw_next.destination = em.destination;
      mw_next.pc = em.pc;
      mw_next.word = em.word;
      mw_next.result = m_traits.is_load ? extended(em.word[7:0], mem_rdata) : m_traits.is_atomic ? mem_rdata : em.result;
      mw_next.load = m_accesses && m_fault == OK && !m_traits.is_store;
      // A comparison that fails writes the old value back, which is no store.
      mw_next.store = m_accesses && m_fault == OK && !m_traits.is_load && !(m_is_compare && !m_equal);
      mw_next.size = m_traits.size;
      mw_next.address = em.result;
      mw_next.ldata = mem_rdata;
      mw_next.sdata = mem_wdata;
    end
  end

  // MARK: Execute

  traits_t     x_traits;
  logic        x_busy, x_transfers, x_waits, x_asks, x_is_slot, x_local, x_helper, x_leaves, x_enters, x_ends, x_wrong_way;
  logic        execute_holds, flush;
  logic [2:0]  x_fault;
  logic [63:0] code_offset;
  logic [16:0] x_target;
  assign x_traits = traits_of(de.word[7:0]);
  assign x_busy = x_traits.is_multiply && execute_count + 8'd1 < 8'(MULTIPLY_CYCLES)
    || x_traits.is_divide && execute_count + 8'd1 < 8'(DIVIDE_CYCLES);
  // CALL, CALLX, and EXIT of a function change registers here, so all older instructions must have retired.
  assign x_transfers = x_traits.is_call || x_traits.is_exit && depth != 0;
  assign x_waits = x_transfers && mw_next.valid;
  assign code_offset = de.a - CODE_BASE;
  assign x_is_slot = x_traits.is_indirect && code_offset[2:0] == 0 && code_offset >> 3 < {47'd0, text_count};
  assign x_local = x_traits.is_call && (x_traits.is_indirect ? x_is_slot : de.word[15:12] == 4'd1);
  // A helper's number is a signed one of 32 bits.
  assign x_helper = x_traits.is_call && !x_local && (!x_traits.is_indirect || de.a == sign_extended(de.a[31:0]));
  assign helper_number = x_traits.is_indirect ? de.a[31:0] : de.word[63:32];
  assign x_asks = de.valid && !memory_holds && x_helper && !x_waits && !helper_done;
  assign helper_call = running && !ends && x_asks && !helper_pending;
  assign helper_pending_next = x_asks;
  assign x_fault = !x_traits.valid ? INVALID_INSTRUCTION
    : x_traits.is_call && !x_local && (!x_helper || helper_unknown) ? UNKNOWN_HELPER
    : x_local && depth == 8'(CALL_DEPTH) ? CALL_DEPTH_EXCEEDED : OK;
  assign execute_holds = de.valid && !memory_holds && (x_busy || x_waits || x_asks);
  // What execute does in this cycle, when it does not hold.
  assign x_enters = de.valid && !memory_holds && !execute_holds && x_fault == OK && x_local;
  assign x_leaves = de.valid && !memory_holds && !execute_holds && x_traits.is_exit && depth != 0;
  assign x_ends = de.valid && !memory_holds && !execute_holds
    && (x_traits.is_exit && depth == 0 || x_fault != OK || x_helper && helper_exits);
  assign x_wrong_way = de.valid && !memory_holds && (x_traits.is_branch || x_traits.is_jump)
    && is_taken(de.word[7:0], de.a, de.b) != de.predicted_taken;
  assign flush = x_enters || x_leaves || x_ends || x_wrong_way;
  assign x_target = x_leaves ? caller.return_pc
    : x_ends ? de.pc
    : x_wrong_way && de.predicted_taken ? de.pc + 17'd1
    : x_traits.is_indirect ? code_offset[19:3] : target_of(de.pc, de.word);
  assign execute_count_next = memory_holds || !de.valid ? execute_count : x_busy ? execute_count + 8'd1 : 8'd0;
  assign draining_next = draining || x_ends;
  assign depth_next = x_enters ? depth + 8'd1 : x_leaves ? depth - 8'd1 : depth;

  always_comb begin
    em_next = em;
    if (!memory_holds) em_next.valid = de.valid && !execute_holds;
    if (!memory_holds && de.valid && !execute_holds) begin
      em_next.fault = x_fault;
      em_next.is_last = x_ends && x_fault == OK;
      // An instruction that faults goes on, so that older ones retire first.
      em_next.destination = x_fault != OK ? NO_REGISTER : x_helper ? 4'd0 : de.destination;
      em_next.pc = de.pc;
      em_next.word = de.word;
      em_next.value = de.b;
      em_next.result = x_traits.is_alu ? alu(de.word[7:0], de.word[31:16], de.word[63:32], de.a, de.b)
        : x_traits.is_load ? displaced(de.b, de.word)
        : x_traits.is_store || x_traits.is_atomic ? displaced(de.a, de.word)
        : x_helper ? helper_value : de.b;
    end
  end

  always_comb begin
    for (int i = 0; i < 11; i++) registers_next[i] = registers_written[i];
    if (x_leaves) begin
      registers_next[6] = caller.r6;
      registers_next[7] = caller.r7;
      registers_next[8] = caller.r8;
      registers_next[9] = caller.r9;
      registers_next[10] = registers_written[10] + 64'(FRAME_SIZE);
    end
    if (x_enters) registers_next[10] = registers_written[10] - 64'(FRAME_SIZE);
  end

  // MARK: Decode

  traits_t     d_traits;
  logic        d_works, d_joins, d_issues, decode_holds, follow;
  logic [3:0]  d_dst, d_src;
  logic [63:0] d_a, d_b;
  assign d_traits = traits_of(fd.word[7:0]);
  assign d_dst = fd.word[11:8];
  assign d_src = fd.word[15:12];
  assign d_works = fd.valid && !memory_holds && !execute_holds && !flush;
  // The second slot of LDDW completes its constant.
  assign d_joins = d_works && wide_pending;
  // What a load fetches is there from the next cycle on.
  assign decode_holds = d_works && !wide_pending && em_next.valid && em_next.destination != NO_REGISTER
    && (x_traits.is_load || x_traits.is_store || x_traits.is_atomic)
    && (d_traits.reads_dst && d_dst == em_next.destination || d_traits.reads_src && d_src == em_next.destination);
  assign d_issues = d_works && !wide_pending && !decode_holds && !d_traits.is_wide;
  assign follow = BACKWARD_TAKEN && d_issues && (d_traits.is_jump || d_traits.is_branch && fd.word[31]);
  assign wide_pending_next = d_joins ? 1'b0 : d_works && !decode_holds && d_traits.is_wide ? 1'b1 : wide_pending;
  assign wide_word_next = d_works && !wide_pending ? fd.word : wide_word;
  // Operands come from the youngest older instruction that writes the register.
  assign d_a = em_next.valid && em_next.destination == d_dst ? em_next.result
    : mw_next.valid && mw_next.destination == d_dst ? mw_next.result
    : d_dst < 4'd11 ? registers_written[d_dst] : 64'd0;
  assign d_b = em_next.valid && em_next.destination == d_src ? em_next.result
    : mw_next.valid && mw_next.destination == d_src ? mw_next.result
    : d_src < 4'd11 ? registers_written[d_src] : 64'd0;

  always_comb begin
    de_next = de;
    if (!memory_holds && !execute_holds) de_next.valid = d_joins || d_issues;
    if (d_joins) begin
      de_next.predicted_taken = 0;
      de_next.destination = wide_word[11:8];
      de_next.pc = fd.pc - 17'd1;
      de_next.word = wide_word;
      de_next.a = 0;
      de_next.b = {fd.word[63:32], wide_word[63:32]};
    end
    if (d_issues) begin
      de_next.predicted_taken = follow;
      de_next.destination = d_traits.writes_dst ? d_dst
        : !d_traits.is_atomic || !fd.word[32] ? NO_REGISTER
        : fd.word[39:32] == 8'hf1 ? 4'd0 : d_src;
      de_next.pc = fd.pc;
      de_next.word = fd.word;
      de_next.a = d_a;
      de_next.b = d_traits.uses_immediate ? sign_extended(fd.word[63:32]) : d_b;
    end
  end

  // MARK: Fetch

  logic fetches;
  assign fetches = !memory_holds && !execute_holds && !flush && !decode_holds && !follow;
  assign pc_next = flush ? x_target : follow ? target_of(fd.pc, fd.word) : fetches && !draining ? pc + 17'd1 : pc;

  always_comb begin
    fd_next = fd;
    if (flush || follow) fd_next.valid = 0;
    if (fetches) begin
      fd_next.valid = !draining;
      fd_next.pc = pc;
      fd_next.word = fetch_word;
    end
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      running <= 0;
    end else if (start) begin
      running <= 1;
      {pc, draining, wide_pending, execute_count, memory_count, depth} <= {entry, 1'b0, 1'b0, 24'd0};
      helper_pending <= 0;
      {fd.valid, de.valid, em.valid, mw.valid} <= '0;
      for (int i = 0; i < 10; i++) registers[i] <= 0;
      registers[1] <= r1;
      registers[2] <= r2;
      registers[10] <= STACK_BASE + 64'(STACK_SIZE);
    end else if (running) begin
      running <= running_next;
      pc <= pc_next;
      draining <= draining_next;
      wide_pending <= wide_pending_next;
      wide_word <= wide_word_next;
      execute_count <= execute_count_next;
      memory_count <= memory_count_next;
      depth <= depth_next;
      helper_pending <= helper_pending_next;
      fd <= fd_next;
      de <= de_next;
      em <= em_next;
      mw <= mw_next;
      for (int i = 0; i < 11; i++) registers[i] <= registers_next[i];
      if (x_enters) begin
        frames[FRAME_BITS'(depth)] <= {de.pc + 17'd1, registers_written[6], registers_written[7], registers_written[8],
                                        registers_written[9]};
      end
    end
  end

  always_comb begin
    commit_valid = running && mw.valid;
    {commit_pc, commit_insn, commit_fault} = {mw.pc, mw.word, mw.fault};
    {commit_load, commit_store, commit_size, commit_address} = {mw.load, mw.store, mw.size, mw.address};
    {commit_ldata, commit_sdata} = {mw.ldata, mw.sdata};
    commit_wmask = 0;
    if (mw.fault == OK) begin
      if (mw.destination != NO_REGISTER) commit_wmask[mw.destination] = 1;
      else if (mw.word[7:0] == OP_CALL || mw.word[7:0] == OP_CALLX) commit_wmask[10] = 1;
      else if (mw.word[7:0] == OP_EXIT && !mw.is_last) commit_wmask[10:6] = '1;
    end
    for (int i = 0; i < 11; i++) begin
      commit_registers[64*i+:64] = mw.destination == i[3:0] ? mw.result : registers[i];
    end
  end
endmodule
