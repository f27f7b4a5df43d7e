// The register file of the I/O megabyte, and the sequencer of commands: one is worked on, QUEUE_DEPTH wait.
module command_unit
  import device_pkg::*;
#(
  parameter int QUEUE_DEPTH = 1,
  parameter bit MSI         = 0
) (
  input  logic             clk,
  input  logic             reset,
  input  logic             control_valid,
  input  control_t         control,
  output logic             control_take,
  // Accesses of the registers.
  input  logic             access_valid,
  input  memory_request_t  access,
  output logic             access_take,
  input  logic             response_can_send,
  output logic             response_send,
  output memory_response_t response,
  // The DMA engine.
  input  logic             dma_can_send,
  output logic             dma_send,
  output dma_command_t     dma_command,
  input  logic             dma_result_valid,
  input  device_error_t    dma_result,
  output logic             dma_result_take,
  // The core.
  input  logic             core_can_send,
  output logic             core_send,
  output core_command_t    core_command,
  input  logic             core_result_valid,
  input  core_result_t     core_result,
  output logic             core_result_take,
  // TEXT_LEN and DATA_LEN in device RAM.
  input  logic             ram_can_send,
  output logic             ram_send,
  output memory_request_t  ram_request,
  input  logic [15:0]      ram_level,
  input  logic             ram_data_valid,
  input  memory_response_t ram_data,
  output logic             ram_data_take,
  // MSI.
  input  logic             interrupt_can_send,
  output logic             interrupt_send
);
  localparam int PLACES = 1 + QUEUE_DEPTH, INDEX = $clog2(PLACES);
  // Bytes at the start of the BAR that hold the registers.
  localparam int IMAGE = 64;

  typedef enum logic [2:0] {
    IDLE, TRANSFERRING, READING_LENGTH, WRITING_LENGTH, SETTLING_LENGTH, RUNNING, DUMPING, RESETTING
  } phase_t;
  typedef struct packed {
    logic [7:0]  opcode;
    logic [31:0] length;
    logic [31:0] offset;
    logic [63:0] address;
  } command_t;
  localparam logic [7:0] DMA_TEXT = 8'h00, MOVE_P2P_TEXT = 8'h01, DMA_DATA = 8'h02, MOVE_P2P_DATA = 8'h03,
    RUN_PROGRAM = 8'h04, GET_REGISTERS = 8'h05, DUMP_MEMORY = 8'hff;

  typedef struct packed {
    phase_t        phase;
    command_t      registers;
    logic          dma_done;
    logic          error;
    logic          busy;
    device_error_t error_code;
    core_fault_t   error_fault;
    logic [31:0]   error_pc;
    logic [INDEX-1:0] oldest;
    logic          active;
    logic [6:0]    waiting;
    logic          aborting;
    logic          abort_pending;
    // Answers that still come after a reset.
    logic          stale_transfer;
    logic          stale_run;
    logic          stale_length;
    logic          msi_enabled;
    logic          interrupt_pending;
    logic [31:0]   new_length;
    logic          length_requested;
    logic [63:0]   runs;
    logic [63:0]   cycles;
    logic [63:0]   instructions;
    logic [63:0]   dma_bytes;
  } state_t;

  state_t   q, n;
  command_t commands[PLACES], commands_next[PLACES];

  // MARK: Control

  logic transfer_in_engine;

  function automatic state_t after_reset(input state_t s);
    after_reset = '0;
    after_reset.msi_enabled = s.msi_enabled;
    after_reset.stale_transfer = s.phase == TRANSFERRING || s.phase == RESETTING && s.stale_transfer;
    after_reset.stale_run = s.phase == RUNNING || s.stale_run;
    after_reset.stale_length = s.phase == READING_LENGTH && s.length_requested || s.stale_length;
    if (after_reset.stale_transfer || after_reset.stale_run || after_reset.stale_length) begin
      after_reset.phase = RESETTING;
      after_reset.abort_pending = 1;
    end
  endfunction

  task automatic take_control();
    control_take = control_valid;
    if (control_valid) begin
      n.msi_enabled = control.msi_enabled;
      if (control.is_reset) begin
        n = after_reset(n);
        for (int i = 0; i < PLACES; i++) commands_next[i] = '0;
      end
    end
  endtask

  task automatic drop_stale_answers();
    if (n.stale_transfer && dma_result_valid) {dma_result_take, n.stale_transfer} = 2'b10;
    if (n.stale_run && core_result_valid) {core_result_take, n.stale_run} = 2'b10;
    if (n.stale_length && ram_data_valid) {ram_data_take, n.stale_length} = 2'b10;
    if (!n.stale_transfer && !n.stale_run && !n.stale_length) n.phase = IDLE;
  endtask

  // MARK: Commands

  command_t running;
  logic     is_transfer, is_legal, from_window;
  dma_command_t transfer;

  function automatic logic [INDEX-1:0] place_of(input logic [INDEX-1:0] oldest, input logic [6:0] age);
    place_of = INDEX'((8'(oldest) + 8'(age)) % 8'(PLACES));
  endfunction

  task automatic request_interrupt();
    if (MSI && n.msi_enabled) n.interrupt_pending = 1;
  endtask

  task automatic fail(input device_error_t code, input core_fault_t fault, input logic [31:0] pc);
    n.error = 1;
    n.error_code = code;
    n.error_fault = fault;
    n.error_pc = pc;
    request_interrupt();
  endtask

  // The oldest command is over.
  task automatic finish(input device_error_t code, input core_fault_t fault, input logic [31:0] pc);
    if (code != ERROR_NONE) fail(code, fault, pc);
    n.oldest = place_of(n.oldest, 1);
    n.active = 0;
    n.phase = IDLE;
  endtask

  // What the DMA engine is asked to do; not legal when a byte of it would lie outside of its segment.
  task automatic decode_transfer(input command_t command);
    logic [32:0] end_of_segment;
    from_window = command.opcode == MOVE_P2P_TEXT || command.opcode == MOVE_P2P_DATA;
    is_transfer = from_window || command.opcode == DMA_TEXT || command.opcode == DMA_DATA;
    end_of_segment = 33'(command.offset) + 33'(command.length);
    is_legal = end_of_segment <= (command.opcode[1] ? DATA_CAPACITY : TEXT_CAPACITY)
      && (from_window ? 33'(command.length) <= P2P_CAPACITY
          : command.address + 64'(command.length) >= command.address);
    transfer.kind = from_window ? DMA_WINDOW_TO_RAM : DMA_HOST_TO_RAM;
    transfer.source = from_window ? 64'd0 : command.address;
    transfer.destination = (command.opcode[1] ? DATA : TEXT) + command.offset[23:0];
    transfer.length = command.length;
  endtask

  // Starts what may start; the device is idle when nothing is left.
  task automatic start_commands();
    command_t command;
    logic     may_start;
    may_start = 1;
    for (int i = 0; i < QUEUE_DEPTH; i++) begin
      command = commands_next[place_of(n.oldest, 7'(n.active))];
      decode_transfer(command);
      may_start = may_start && n.waiting > 0 && n.phase == IDLE
        && (is_transfer && is_legal ? dma_can_send : command.opcode != RUN_PROGRAM || core_can_send);
      if (may_start) begin
        {n.active, n.waiting, n.dma_done} = {1'b1, n.waiting - 7'd1, 1'b0};
        if (is_transfer && is_legal) begin
          dma_send = 1;
          dma_command = transfer;
          n.phase = TRANSFERRING;
        end else begin
          case (command.opcode)
            RUN_PROGRAM: begin
              n.phase = RUNNING;
              core_send = 1;
              core_command = '{is_abort: 0, offset: command.offset};
            end
            DUMP_MEMORY: n.phase = DUMPING;
            GET_REGISTERS: finish(ERROR_NONE, FAULT_NONE, 0);
            DMA_TEXT, DMA_DATA, MOVE_P2P_TEXT, MOVE_P2P_DATA: finish(ERROR_RANGE, FAULT_NONE, 0);
            default: finish(ERROR_OPCODE, FAULT_NONE, 0);
          endcase
        end
      end
    end
    if (n.busy && n.phase == IDLE && n.waiting == 0) begin
      {n.busy, n.aborting, n.abort_pending} = '0;
      request_interrupt();
    end
  endtask

  // CTRL = START. Only that of an idle device clears ERROR.
  task automatic submit();
    if (!n.busy) begin
      {n.busy, n.error, n.error_code, n.error_fault, n.error_pc} = {1'b1, 1'b0, ERROR_NONE, FAULT_NONE, 32'd0};
    end
    if (n.waiting >= 7'(QUEUE_DEPTH) || n.aborting) begin
      fail(ERROR_BUSY, FAULT_NONE, 0);
    end else begin
      commands_next[place_of(n.oldest, 7'(n.active) + n.waiting)] = n.registers;
      n.waiting = n.waiting + 7'd1;
      start_commands();
    end
  endtask

  // CTRL = 0: drops what waits and stops what is started.
  task automatic stop();
    n.waiting = 0;
    if (!n.aborting) {n.aborting, n.abort_pending} = 2'b11;
    start_commands();
  endtask

  // MARK: The oldest command, from its start to its end

  task automatic end_transfer();
    if (dma_result != ERROR_NONE) begin
      finish(dma_result, FAULT_NONE, 0);
    end else begin
      n.dma_bytes = n.dma_bytes + 64'(running.length);
      n.new_length = running.length;
      n.length_requested = 0;
      n.phase = running.offset == 0 ? WRITING_LENGTH : READING_LENGTH;
    end
  endtask

  task automatic end_run();
    n.runs = n.runs + 64'd1;
    n.cycles = core_result.cycles;
    n.instructions = core_result.instructions;
    case (core_result.fault)
      FAULT_NONE: finish(ERROR_NONE, FAULT_NONE, 0);
      FAULT_ABORTED: finish(ERROR_ABORTED, FAULT_NONE, 0);
      FAULT_OFFSET_OUT_OF_RANGE: finish(ERROR_RANGE, FAULT_NONE, 0);
      FAULT_BAD_PROGRAM: finish(ERROR_LOAD, core_result.fault, core_result.pc);
      default: finish(ERROR_FAULT, core_result.fault, core_result.pc);
    endcase
  endtask

  task automatic sequence_step();
    running = commands_next[n.oldest];
    ram_request.address = running.opcode[1] ? DATA_LENGTH : TEXT_LENGTH;
    ram_request.count = 4;
    ram_request.data = (8*DATA_PATH)'(n.new_length);
    case (n.phase)
      TRANSFERRING: begin
        dma_result_take = dma_result_valid;
        if (dma_result_valid) end_transfer();
      end
      READING_LENGTH: begin
        if (!n.length_requested) begin
          ram_send = ram_can_send;
          if (ram_can_send) n.length_requested = 1;
        end else if (ram_data_valid) begin
          ram_data_take = 1;
          n.new_length = ram_data.data[31:0] + running.length;
          n.phase = WRITING_LENGTH;
        end
      end
      WRITING_LENGTH: begin
        ram_send = ram_can_send;
        ram_request.kind = ACCESS_WRITE;
        ram_request.enable = DATA_PATH'(4'hf);
        if (ram_can_send) n.phase = SETTLING_LENGTH;
      end
      // A queued run must find the length in RAM.
      SETTLING_LENGTH: begin
        if (ram_level == 0) begin
          n.dma_done = n.waiting == 0;
          finish(ERROR_NONE, FAULT_NONE, 0);
        end
      end
      RUNNING: begin
        core_result_take = core_result_valid;
        if (core_result_valid) end_run();
      end
      DUMPING: begin
        ram_send = ram_can_send;
        ram_request.kind = ACCESS_DUMP;
        ram_request.address = TEXT_LENGTH;
        if (ram_can_send) finish(ERROR_NONE, FAULT_NONE, 0);
      end
      RESETTING: drop_stale_answers();
      default: ;
    endcase
  endtask

  // Tells whoever is at work to stop, as soon as its port has room.
  task automatic send_abort();
    transfer_in_engine = n.phase == TRANSFERRING || n.phase == RESETTING && n.stale_transfer;
    if (n.abort_pending && transfer_in_engine) begin
      if (dma_can_send && !dma_send) begin
        dma_send = 1;
        dma_command = '{kind: DMA_ABORT, default: '0};
        n.abort_pending = 0;
      end
    end else if (n.abort_pending && (n.phase == RUNNING || n.stale_run)) begin
      if (core_can_send && !core_send) begin
        core_send = 1;
        core_command = '{is_abort: 1, offset: 0};
        n.abort_pending = 0;
      end
    end else begin
      n.abort_pending = 0;
    end
  endtask

  // MARK: Registers

  // The registers as they lie in the BAR; unassigned places of the I/O megabyte read all ones.
  function automatic logic [8*IMAGE-1:0] image_of(input state_t s);
    image_of = '1;
    image_of[8*REG_OPCODE+:8] = s.registers.opcode;
    image_of[8*REG_CONTROL+:8] = {3'd0, s.busy, s.error, s.dma_done, 2'd0};
    image_of[8*REG_LENGTH+:32] = s.registers.length;
    image_of[8*REG_OFFSET+:32] = s.registers.offset;
    image_of[8*REG_ADDRESS+:64] = s.registers.address;
    image_of[8*REG_ERROR_CODE+:32] = {20'd0, s.error_fault, 4'd0, s.error_code};
    image_of[8*REG_ERROR_PC+:32] = s.error_pc;
    image_of[8*REG_COUNTERS+:256] = {s.dma_bytes, s.instructions, s.cycles, s.runs};
  endfunction

  // CTRL acts last: it may share a dword with OPCODE.
  task automatic write_registers();
    logic [8*IMAGE-1:0] value, mask;
    logic [IMAGE-1:0]   enable;
    logic [DATA_PATH-1:0] lanes;
    lanes = access.enable & all_enabled(access.count);
    enable = access.address < 24'(IMAGE) ? IMAGE'(lanes) << access.address[5:0] : '0;
    value = (8*IMAGE)'(access.data) << {access.address[5:0], 3'b000};
    for (int i = 0; i < IMAGE; i++) mask[8*i+:8] = {8{enable[i]}};
    value = image_of(n) & ~mask | value & mask;
    n.registers.opcode = value[8*REG_OPCODE+:8];
    n.registers.length = value[8*REG_LENGTH+:32];
    n.registers.offset = value[8*REG_OFFSET+:32];
    n.registers.address = value[8*REG_ADDRESS+:64];
    if (enable[REG_CONTROL[5:0]]) begin
      if (value[8*REG_CONTROL]) submit();
      else if (n.busy) stop();
      else {n.dma_done, n.error} = '0;
    end
  endtask

  task automatic access_registers();
    response.count = access.count;
    response.data = '1;
    if (access_valid && access.kind == ACCESS_WRITE) begin
      access_take = 1;
      write_registers();
    end else if (access_valid && response_can_send) begin
      {access_take, response_send} = 2'b11;
      response.data = access.address < 24'(IMAGE) ? (8*DATA_PATH)'({256'('1), image_of(n)} >> {access.address[5:0], 3'b000})
        : '1;
    end
  endtask

  always_comb begin
    n = q;
    commands_next = commands;
    {access_take, response_send, dma_send, dma_result_take, core_send, core_result_take, ram_send, ram_data_take} = '0;
    {dma_command, core_command, ram_request} = '0;
    take_control();
    sequence_step();
    start_commands();
    access_registers();
    send_abort();
    interrupt_send = n.interrupt_pending && interrupt_can_send;
    if (interrupt_send) n.interrupt_pending = 0;
  end

  always_ff @(posedge clk) begin
    q <= reset ? '0 : n;
    for (int i = 0; i < PLACES; i++) commands[i] <= reset ? '0 : commands_next[i];
  end
endmodule
