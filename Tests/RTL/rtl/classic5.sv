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
  logic [63:0]     registers[11];
  logic [63:0]     registers_next[11];
  frame_t          frames[CALL_DEPTH];
  logic [7:0]      depth, depth_next;
  logic            helper_pending, helper_pending_next;
  frame_t          caller;
  logic            enters, leaves, ends;

  assign fetch_pc = pc;
  // What the newest call saved.
  assign caller = frames[FRAME_BITS'(depth - 8'd1)];

  // Fields of an instruction word.
  function automatic logic [15:0] offset_of(input logic [63:0] word);
    offset_of = word[31:16];
  endfunction
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

  traits_t     m_traits, x_traits, d_traits;
  logic        m_accesses, calls_helper, memory_holds, execute_holds, flush, decode_holds, follow;
  logic        is_equal;
  logic [63:0] d_a, d_b;
  logic [63:0] code_offset;
  logic [16:0] call_target;
  logic [2:0]  call_fault, m_fault;

  // The request of the memory stage depends on registers alone.
  always_comb begin
    m_traits = traits_of(em.word[7:0]);
    m_accesses = em.valid && (m_traits.is_load || m_traits.is_store || m_traits.is_atomic);
    memory_holds = em.valid && m_traits.is_atomic && memory_count + 8'd1 < 8'(ATOMIC_CYCLES);
    m_fault = OK;
    if (m_accesses && m_traits.is_atomic && (em.result & ({60'd0, m_traits.size} - 64'd1)) != 0) begin
      m_fault = MISALIGNED_ATOMIC;
    end else if (m_accesses && !may_access(em.result, m_traits.size, !m_traits.is_load, data_base, data_size, program_size,
                                           program_constants)) begin
      m_fault = m_traits.is_load ? LOAD_OUT_OF_BOUNDS : STORE_OUT_OF_BOUNDS;
    end
    ends = mw.valid && (mw.fault != OK || mw.is_last);
    // What is younger than the last instruction must not reach memory.
    mem_read = running && m_accesses && !memory_holds && m_fault == OK && !ends && !m_traits.is_store;
    mem_write = running && m_accesses && !memory_holds && m_fault == OK && !ends && !m_traits.is_load;
    {mem_address, mem_size} = {em.result, m_traits.size};
  end

  always_comb begin
    for (int i = 0; i < 11; i++) registers_next[i] = registers[i];
    {pc_next, draining_next, running_next} = {pc, draining, running};
    {wide_pending_next, wide_word_next} = {wide_pending, wide_word};
    {execute_count_next, memory_count_next, depth_next} = {execute_count, memory_count, depth};
    {helper_pending_next, helper_call, helper_number} = {helper_pending, 33'd0};
    {fd_next, de_next, em_next, mw_next} = {fd, de, em, mw};
    {enters, leaves, calls_helper, execute_holds, flush, decode_holds, follow, mem_wdata} = '0;
    {is_equal, d_a, d_b, code_offset, call_target, call_fault} = '0;
    x_traits = traits_of(de.word[7:0]);
    d_traits = traits_of(fd.word[7:0]);

    // Write-back.
    if (mw.valid && mw.fault == OK && mw.destination != NO_REGISTER) registers_next[mw.destination] = mw.result;
    if (ends) running_next = 0;

    // Memory.
    mw_next.valid = em.valid && !memory_holds;
    if (em.valid) begin
      {mw_next.fault, mw_next.is_last, mw_next.destination} = {em.fault, em.is_last, em.destination};
      {mw_next.pc, mw_next.word, mw_next.result} = {em.pc, em.word, em.result};
      {mw_next.load, mw_next.store, mw_next.size, mw_next.address} = {2'b00, m_traits.size, em.result};
      memory_count_next = memory_holds ? memory_count + 8'd1 : 8'd0;
      mem_wdata = em.value;
      if (m_fault != OK) begin
        mw_next.fault = m_fault;
      end else if (m_accesses) begin
        mw_next.load = !m_traits.is_store;
        if (m_traits.is_load) mw_next.result = extended(em.word[7:0], mem_rdata);
        if (m_traits.is_atomic) begin
          // All older instructions have retired, this cycle's included.
          is_equal = ((mem_rdata ^ registers_next[0]) & size_mask(m_traits.size)) == 0;
          mem_wdata = atomic_value(em.word[39:32], mem_rdata, em.value, is_equal);
          mw_next.result = mem_rdata;
        end
        mem_wdata = mem_wdata & size_mask(m_traits.size);
        // A comparison that fails writes the old value back, which is no store.
        mw_next.store = !m_traits.is_load && !(m_traits.is_atomic && em.word[39:32] == 8'hf1 && !is_equal);
      end
      {mw_next.ldata, mw_next.sdata} = {mem_rdata, mem_wdata};
    end

    // Execute.
    if (!memory_holds) begin
      em_next.valid = de.valid;
      if (de.valid) begin
        if (x_traits.is_multiply && execute_count + 8'd1 < 8'(MULTIPLY_CYCLES)
            || x_traits.is_divide && execute_count + 8'd1 < 8'(DIVIDE_CYCLES)) begin
          execute_count_next = execute_count + 8'd1;
          execute_holds = 1;
        end else begin
          execute_count_next = 0;
          {em_next.fault, em_next.is_last, em_next.destination} = {OK, 1'b0, de.destination};
          {em_next.pc, em_next.word, em_next.value} = {de.pc, de.word, de.b};
          if (x_traits.is_alu) begin
            em_next.result = alu(de.word[7:0], offset_of(de.word), de.word[63:32], de.a, de.b);
          end else if (x_traits.is_load) begin
            em_next.result = displaced(de.b, de.word);
          end else if (x_traits.is_store || x_traits.is_atomic) begin
            em_next.result = displaced(de.a, de.word);
          end else if (x_traits.is_branch || x_traits.is_jump) begin
            if (is_taken(de.word[7:0], de.a, de.b) != de.predicted_taken) begin
              flush = 1;
              pc_next = de.predicted_taken ? de.pc + 17'd1 : target_of(de.pc, de.word);
            end
          end else if (x_traits.is_wide) begin
            em_next.result = de.b;
          end else if (x_traits.is_exit && depth == 0) begin
            {em_next.is_last, draining_next, flush} = '1;
            pc_next = de.pc;
          end else if (!x_traits.is_exit && !x_traits.is_call) begin
            call_fault = INVALID_INSTRUCTION;
          end else if (mw_next.valid) begin
            // Calls and returns change registers here, so all older instructions must have retired.
            execute_holds = 1;
          end else if (x_traits.is_exit) begin
            {leaves, flush} = '1;
            pc_next = caller.return_pc;
            registers_next[6] = caller.r6;
            registers_next[7] = caller.r7;
            registers_next[8] = caller.r8;
            registers_next[9] = caller.r9;
            registers_next[10] = registers[10] + 64'(FRAME_SIZE);
            depth_next = depth - 8'd1;
          end else begin
            code_offset = de.a - CODE_BASE;
            call_target = target_of(de.pc, de.word);
            calls_helper = !x_traits.is_indirect && de.word[15:12] != 4'd1;
            helper_number = de.word[63:32];
            if (x_traits.is_indirect) begin
              call_target = code_offset[19:3];
              if (code_offset[2:0] != 0 || code_offset >> 3 >= {47'd0, text_count}) begin
                helper_number = de.a[31:0];
                calls_helper = de.a == sign_extended(de.a[31:0]);
                if (!calls_helper) call_fault = UNKNOWN_HELPER;
              end
            end
            if (calls_helper && !helper_done) begin
              helper_call = !helper_pending;
              {helper_pending_next, execute_holds} = '1;
            end else if (calls_helper) begin
              helper_pending_next = 0;
              if (helper_unknown) call_fault = UNKNOWN_HELPER;
              {em_next.destination, em_next.result} = {4'd0, helper_value};
              if (helper_exits) begin
                {em_next.is_last, draining_next, flush} = '1;
                pc_next = de.pc;
              end
            end else if (call_fault == OK && depth == 8'(CALL_DEPTH)) begin
              call_fault = CALL_DEPTH_EXCEEDED;
            end else if (call_fault == OK) begin
              {enters, flush} = '1;
              pc_next = call_target;
              registers_next[10] = registers[10] - 64'(FRAME_SIZE);
              depth_next = depth + 8'd1;
            end
          end
          if (call_fault != OK) begin
            // It goes on as one that faults at write-back, so that older ones retire first.
            {em_next.fault, em_next.destination} = {call_fault, NO_REGISTER};
            {draining_next, flush} = '1;
            pc_next = de.pc;
          end
        end
        if (execute_holds) em_next.valid = 0;
      end
    end

    // Decode.
    if (flush) begin
      de_next.valid = 0;
      fd_next.valid = 0;
    end else if (!memory_holds && !execute_holds) begin
      de_next.valid = 0;
      if (fd.valid && wide_pending) begin
        // The second slot of LDDW completes its constant.
        wide_pending_next = 0;
        {de_next.valid, de_next.predicted_taken, de_next.destination} = {2'b10, wide_word[11:8]};
        {de_next.pc, de_next.word, de_next.a} = {fd.pc - 17'd1, wide_word, 64'd0};
        de_next.b = {fd.word[63:32], wide_word[63:32]};
      end else if (fd.valid && em_next.valid && em_next.destination != NO_REGISTER
                   && (x_traits.is_load || x_traits.is_store || x_traits.is_atomic)
                   && (d_traits.reads_dst && fd.word[11:8] == em_next.destination
                       || d_traits.reads_src && fd.word[15:12] == em_next.destination)) begin
        // What a load fetches is there from the next cycle on.
        decode_holds = 1;
      end else if (fd.valid && d_traits.is_wide) begin
        wide_pending_next = 1;
        wide_word_next = fd.word;
      end else if (fd.valid) begin
        // From the youngest older instruction that writes the register.
        d_a = em_next.valid && em_next.destination == fd.word[11:8] ? em_next.result
            : mw_next.valid && mw_next.destination == fd.word[11:8] ? mw_next.result
            : fd.word[11:8] < 4'd11 ? registers_next[fd.word[11:8]] : 64'd0;
        d_b = em_next.valid && em_next.destination == fd.word[15:12] ? em_next.result
            : mw_next.valid && mw_next.destination == fd.word[15:12] ? mw_next.result
            : fd.word[15:12] < 4'd11 ? registers_next[fd.word[15:12]] : 64'd0;
        {de_next.valid, de_next.predicted_taken, de_next.destination} = {2'b10, NO_REGISTER};
        {de_next.pc, de_next.word, de_next.a} = {fd.pc, fd.word, d_a};
        de_next.b = d_traits.uses_immediate ? sign_extended(fd.word[63:32]) : d_b;
        if (d_traits.writes_dst) de_next.destination = fd.word[11:8];
        else if (d_traits.is_atomic && fd.word[32]) begin
          de_next.destination = fd.word[39:32] == 8'hf1 ? 4'd0 : fd.word[15:12];
        end
        if (BACKWARD_TAKEN && (d_traits.is_jump || d_traits.is_branch && fd.word[31])) begin
          de_next.predicted_taken = 1;
          follow = 1;
          pc_next = target_of(fd.pc, fd.word);
        end
      end

      // Fetch.
      if (follow) begin
        fd_next.valid = 0;
      end else if (!decode_holds) begin
        fd_next.valid = !draining_next;
        {fd_next.pc, fd_next.word} = {pc, fetch_word};
        if (!draining_next) pc_next = pc + 17'd1;
      end
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
      if (enters) begin
        frames[FRAME_BITS'(depth)] <= {de.pc + 17'd1, registers_next[6], registers_next[7], registers_next[8], registers_next[9]};
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
