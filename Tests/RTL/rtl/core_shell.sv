// What the core has around its pipeline: commands and results, the loader, the stack, and the writer of RET, REGS and READY.
module core_shell
  import device_pkg::*;
  import ebpf_pkg::size_mask;
#(
  parameter int MULTIPLY_CYCLES = 3,
  parameter int DIVIDE_CYCLES   = 34,
  parameter int ATOMIC_CYCLES   = 2,
  parameter bit BACKWARD_TAKEN  = 0,
  parameter bit RET64           = 0
) (
  input  logic          clk,
  input  logic          reset,
  input  logic          command_valid,
  input  core_command_t command,
  output logic          command_take,
  input  logic          result_can_send,
  output logic          result_send,
  output core_result_t  result,
  // Port B of device RAM, and what the loader reads there.
  output logic          ram_write,
  output logic [23:0]   ram_address,
  output logic [3:0]    ram_size,
  output logic [63:0]   ram_wdata,
  input  logic [63:0]   ram_rdata,
  output logic [23:0]   loader_address,
  input  logic [63:0]   loader_word,
  input  logic [63:0]   lengths
);
  localparam logic [63:0] STACK_BASE = 64'h100_0000;
  localparam int STACK_SIZE = 4096, TEXT_SLOTS = 131072;

  typedef enum logic [1:0] {IDLE, LOADING, RUNNING, REPORTING} phase_t;
  typedef struct packed {
    phase_t       phase;
    logic [4:0]   step;
    logic [16:0]  loaded;
    logic [16:0]  slots;
    logic [16:0]  text_count;
    logic [63:0]  data_low;
    logic [63:0]  data_size;
    logic [63:0]  data_length;
    core_fault_t  fault;
    logic [16:0]  fault_pc;
    logic [63:0]  cycles;
    logic [63:0]  retired;
  } state_t;

  state_t      q, n;
  logic [63:0] text[TEXT_SLOTS];
  // A run finds zeros in its stack where it has written nothing.
  logic [63:0] stack[STACK_SIZE/8];
  logic [STACK_SIZE/8-1:0] stack_written;
  logic [703:0] registers, final_registers;

  // MARK: The pipeline

  logic        start, core_reset, mem_write, in_stack;
  logic [16:0] fetch_pc, commit_pc;
  logic [63:0] fetch_word, mem_address, mem_wdata, mem_rdata;
  logic [3:0]  mem_size;
  logic        helper_call, helper_asked, helper_done, commit_valid;
  logic [2:0]  commit_fault;
  logic [703:0] commit_registers;
  logic        core_ends, aborts, begins, copies, reports;

  classic5 #(
    .MULTIPLY_CYCLES(MULTIPLY_CYCLES), .DIVIDE_CYCLES(DIVIDE_CYCLES), .ATOMIC_CYCLES(ATOMIC_CYCLES),
    .BACKWARD_TAKEN(BACKWARD_TAKEN), .STACK_SIZE(STACK_SIZE)
  ) core (
    .clk, .reset(core_reset), .start, .entry(17'd0), .r1(n.data_length == 0 ? 64'd0 : n.data_low), .r2(n.data_length),
    .running(), .ends(core_ends), .text_count(q.text_count), .fetch_pc, .fetch_word, .data_base(q.data_low),
    .data_size(q.data_size), .program_size(64'd0), .program_constants(64'd0), .mem_read(), .mem_write, .mem_address,
    .mem_size, .mem_wdata, .mem_rdata, .helper_call, .helper_number(), .helper_done, .helper_unknown(1'b1),
    .helper_exits(1'b0), .helper_value(64'd0), .commit_valid, .commit_pc, .commit_insn(), .commit_fault, .commit_wmask(),
    .commit_registers, .commit_load(), .commit_store(), .commit_size(), .commit_address(), .commit_ldata(),
    .commit_sdata()
  );
  // No helper function is known, which their unit finds out in two cycles.
  always_ff @(posedge clk) {helper_done, helper_asked} <= reset ? '0 : {helper_asked, helper_call};

  assign fetch_word = fetch_pc < q.text_count ? text[fetch_pc] : 64'd0;
  assign in_stack = mem_address >= STACK_BASE;
  // The two words that an access to the stack may touch.
  logic [8:0]   stack_word;
  logic [127:0] stack_pair, stack_mask, stack_new;
  assign stack_word = mem_address[11:3];
  assign stack_pair = {stack_written[stack_word+9'd1] ? stack[stack_word+9'd1] : 64'd0,
                       stack_written[stack_word] ? stack[stack_word] : 64'd0};
  assign stack_mask = 128'(size_mask(mem_size)) << {mem_address[2:0], 3'b000};
  assign stack_new = stack_pair & ~stack_mask | 128'(mem_wdata) << {mem_address[2:0], 3'b000} & stack_mask;
  assign mem_rdata = (in_stack ? 64'(stack_pair >> {mem_address[2:0], 3'b000}) : ram_rdata) & size_mask(mem_size);

  function automatic core_fault_t fault_of(input logic [2:0] fault);
    case (fault)
      1: fault_of = FAULT_LOAD_OUT_OF_BOUNDS;
      2: fault_of = FAULT_STORE_OUT_OF_BOUNDS;
      3: fault_of = FAULT_MISALIGNED_ATOMIC;
      4: fault_of = FAULT_CALL_DEPTH;
      5: fault_of = FAULT_UNKNOWN_HELPER;
      6: fault_of = FAULT_INVALID_INSTRUCTION;
      default: fault_of = FAULT_NONE;
    endcase
  endfunction

  // MARK: Commands

  task automatic begin_run();
    logic [63:0] length;
    n = '0;
    n.phase = LOADING;
    n.data_length = lengths[63:32] < 32'(DATA_CAPACITY) ? 64'(lengths[63:32]) : 64'(DATA_CAPACITY);
    n.data_low = 64'(DATA) + 64'(command.offset);
    n.data_size = n.data_length - 64'(command.offset);
    length = lengths[31:0] < 32'(TEXT_CAPACITY) ? 64'(lengths[31:0]) : 64'(TEXT_CAPACITY);
    n.slots = 17'((length + 64'd7) >> 3);
    n.text_count = length[19:3];
    if (64'(command.offset) > n.data_length) n.fault = FAULT_OFFSET_OUT_OF_RANGE;
    else if (length == 0 || length[2:0] != 0) n.fault = FAULT_BAD_PROGRAM;
  endtask

  task automatic end_run();
    {n.phase, n.step} = {REPORTING, 5'd0};
  endtask

  // One cycle of a running program. An abort halts it behind the instruction that retires in this cycle.
  task automatic run();
    n.cycles = n.cycles + (commit_valid && commit_fault != 0 ? 64'd0 : 64'd1);
    if (commit_valid && commit_fault == 0) n.retired = n.retired + 64'd1;
    if (core_ends || aborts) begin
      n.fault = commit_valid && commit_fault != 0 ? fault_of(commit_fault) : core_ends ? FAULT_NONE : FAULT_ABORTED;
      n.fault_pc = n.fault == FAULT_NONE ? 17'd0 : commit_pc;
      end_run();
    end
  endtask

  task automatic load_program();
    logic is_over;
    is_over = 0;
    if (n.loaded >= n.slots && n.loaded != 0 || n.slots == 0) is_over = 1;
    if (is_over && n.fault != FAULT_NONE) end_run();
    else if (is_over) {n.phase, n.cycles} = {RUNNING, 64'd1};
  endtask

  // RET, REGS, then READY, one write a cycle, then the result; a run that failed leaves them alone.
  task automatic report();
    if (n.fault != FAULT_NONE || n.step > 5'd17) begin
      result_send = result_can_send;
      if (result_can_send) n.phase = IDLE;
    end else begin
      reports = 1;
      n.step = n.step + 5'd1;
    end
  endtask

  always_comb begin
    n = q;
    {command_take, result_send, aborts, begins, reports} = '0;
    if (command_valid && command.is_abort) begin
      command_take = 1;
      aborts = q.phase == RUNNING;
      if (q.phase == LOADING) begin
        n.fault = FAULT_ABORTED;
        end_run();
      end
    end else if (command_valid && q.phase == IDLE) begin
      {command_take, begins} = 2'b11;
      begin_run();
    end
    case (n.phase)
      LOADING: if (!begins) load_program();
      RUNNING: begin
        run();
        if (aborts && n.phase == REPORTING) report();
      end
      REPORTING: report();
      default: ;
    endcase
    // The loader moves a slot a cycle, the first one with the command.
    copies = n.phase == LOADING;
    if (copies) n.loaded = n.loaded + 17'd1;
    // The pipeline begins a cycle earlier, as its first fetch comes a cycle after its start.
    start = n.phase == LOADING && n.fault == FAULT_NONE && n.loaded >= n.slots;
    core_reset = reset || aborts || n.phase == REPORTING;
    result = '{fault: n.fault, pc: 32'(n.fault_pc), cycles: n.cycles, instructions: n.retired};
  end

  // MARK: Memories

  assign loader_address = TEXT + {4'd0, (begins ? 17'd0 : q.loaded), 3'b000};

  always_comb begin
    {ram_write, ram_address, ram_size, ram_wdata} = {mem_write && !in_stack && !aborts, mem_address[23:0], mem_size, mem_wdata};
    if (begins) {ram_write, ram_address, ram_size, ram_wdata} = {1'b1, READY, 4'd4, 64'd0};
    if (reports && n.step == 5'd1) begin
      {ram_write, ram_address, ram_size, ram_wdata} = {1'b1, RET, RET64 ? 4'd8 : 4'd4, final_registers[63:0]};
    end else if (reports && n.step == 5'd18) begin
      {ram_write, ram_address, ram_size, ram_wdata} = {1'b1, READY, RET64 ? 4'd1 : 4'd4, 64'd1};
    end else if (reports) begin
      {ram_write, ram_address, ram_size} = {1'b1, REGISTERS + {16'd0, n.step - 5'd2, 3'b000}, 4'd8};
      ram_wdata = n.step < 5'd13 ? final_registers[64*(10'(n.step)-10'd2)+:64] : 64'd0;
    end
  end

  // A run that ends with its EXIT while it is aborted reports in the same cycle.
  assign final_registers = q.phase == RUNNING ? commit_registers : registers;

  always_ff @(posedge clk) begin
    q <= reset ? '0 : n;
    if (q.phase == RUNNING) registers <= commit_registers;
    if (copies) text[begins ? 17'd0 : q.loaded] <= loader_word;
    if (begins) stack_written <= '0;
    if (mem_write && in_stack && !aborts) begin
      {stack[stack_word], stack_written[stack_word]} <= {stack_new[63:0], 1'b1};
      if (stack_mask[64]) {stack[stack_word+9'd1], stack_written[stack_word+9'd1]} <= {stack_new[127:64], 1'b1};
    end
  end
endmodule
