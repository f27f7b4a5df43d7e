// The 1de5:3000 behind a PCI Express block: transaction layer, BAR decoder, command unit, DMA engine, memories, core.
// Delays have the names of the model's parameters (specs/parameters.md), and are latencies of the ports between the parts.
module ubpf_device
  import device_pkg::*;
#(
  parameter int RECEIVE_CYCLES   = 2,
  parameter int DECODE_CYCLES    = 1,
  parameter int READ_CYCLES      = 2,
  parameter int TAGS             = 32,
  parameter int MAX_REQUEST      = 4096,
  parameter bit ALIGN_REQUESTS   = 1,
  parameter int START_CYCLES     = 4,
  parameter int REQUEST_INTERVAL = 1,
  parameter int FINISH_CYCLES    = 2,
  parameter int QUEUE_DEPTH      = 1,
  parameter bit MSI              = 0,
  parameter int BURST_LENGTH     = 1,
  parameter int SYNCHRONISER     = 2,
  parameter int MULTIPLY_CYCLES  = 3,
  parameter int DIVIDE_CYCLES    = 34,
  parameter int ATOMIC_CYCLES    = 2,
  parameter bit BACKWARD_TAKEN   = 0
) (
  input  logic    clk,
  input  logic    core_clk,
  input  logic    reset,
  input  logic    rx_valid,
  input  tlp_t    rx,
  input  logic    tx_posted_ready,
  input  logic    tx_nonposted_ready,
  input  logic    tx_completion_ready,
  output logic    tx_valid,
  output tlp_t    tx,
  // The configuration of the function as of this cycle, whether its clients are told of a change, and a reset of it.
  input  config_t configuration,
  input  logic    configuration_changed,
  input  logic    function_reset,
  // What port A of device RAM and of the p2pdma window writes, for test benches.
  output logic            ram_writes,
  output memory_request_t ram_write,
  output logic            window_writes,
  output memory_request_t window_write
);
  // Room for the shortest parts that all tags may bring.
  localparam int DATA_PLACES = TAGS * (512 / 64 + 1) + RECEIVE_CYCLES;

  // MARK: Transaction layer to BAR decoder

  logic target_write_can_send, target_write_send, target_write_valid, target_write_take;
  logic target_read_can_send, target_read_send, target_read_valid, target_read_take;
  logic completion_can_send, completion_send, completion_valid, completion_take;
  target_write_t target_write, target_write_head;
  target_read_t  target_read, target_read_head, completion, completion_head;
  logic [1:0]    completion_slot, completion_head_slot;

  port_fifo #(.WIDTH($bits(target_write_t)), .CAPACITY(4 + RECEIVE_CYCLES), .LATENCY(RECEIVE_CYCLES)) target_writes (
    .clk, .reset, .can_send(target_write_can_send), .send(target_write_send), .send_data(target_write), .level(),
    .valid(target_write_valid), .head(target_write_head), .take(target_write_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(target_read_t)), .CAPACITY(4 + RECEIVE_CYCLES), .LATENCY(RECEIVE_CYCLES)) target_reads (
    .clk, .reset, .can_send(target_read_can_send), .send(target_read_send), .send_data(target_read), .level(),
    .valid(target_read_valid), .head(target_read_head), .take(target_read_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH(2 + $bits(target_read_t))) target_completions (
    .clk, .reset, .can_send(completion_can_send), .send(completion_send), .send_data({completion_slot, completion}),
    .level(), .valid(completion_valid), .head({completion_head_slot, completion_head}), .take(completion_take),
    .flush(function_reset)
  );

  // MARK: Completion buffer: the data of the reads that are answered, four places

  logic       assembly_write;
  logic [1:0] assembly_slot;
  logic [9:0] assembly_dword, buffer_dword;
  logic [3:0] assembly_count;
  logic [8*DATA_PATH-1:0]   assembly_data;
  logic [8*MAX_PAYLOAD-1:0] buffer_data;
  logic [31:0] buffer[4 * MAX_READ / 4];

  always_ff @(posedge clk) begin
    for (int i = 0; i < DATA_PATH / 4; i++) begin
      if (assembly_write && i < int'(assembly_count)) begin
        buffer[{assembly_slot, assembly_dword+10'(i)}] <= assembly_data[32*i+:32];
      end
    end
  end
  always_comb begin
    for (int i = 0; i < MAX_PAYLOAD / 4; i++) begin
      buffer_data[32*i+:32] = buffer[{completion_head_slot, buffer_dword+10'(i)}];
    end
  end

  // MARK: BAR decoder to registers (0), device RAM (1) and p2pdma window (2)

  logic             access_can_send[3], access_send[3], access_valid[3], access_take[3];
  logic             answer_can_send[3], answer_send[3], answer_valid[3], answer_take[3];
  memory_request_t  access, access_head[3];
  memory_response_t answer[3], answer_head[3];

  for (genvar i = 0; i < 3; i++) begin : g_targets
    port_fifo #(.WIDTH($bits(memory_request_t)), .CAPACITY(4 + DECODE_CYCLES), .LATENCY(DECODE_CYCLES)) requests (
      .clk, .reset, .can_send(access_can_send[i]), .send(access_send[i]), .send_data(access), .level(),
      .valid(access_valid[i]), .head(access_head[i]), .take(access_take[i]), .flush(1'b0)
    );
    port_fifo #(.WIDTH($bits(memory_response_t)), .CAPACITY(4 + READ_CYCLES), .LATENCY(READ_CYCLES)) responses (
      .clk, .reset, .can_send(answer_can_send[i]), .send(answer_send[i]), .send_data(answer[i]), .level(),
      .valid(answer_valid[i]), .head(answer_head[i]), .take(answer_take[i]), .flush(1'b0)
    );
  end

  bar_decoder decoder (
    .clk, .reset, .writes_valid(target_write_valid), .write_request(target_write_head), .write_take(target_write_take),
    .reads_valid(target_read_valid), .read_request(target_read_head), .read_take(target_read_take),
    .completions_can_send(completion_can_send), .completion_send, .completion_request(completion), .completion_slot,
    .assembly_write, .assembly_slot, .assembly_dword, .assembly_count, .assembly_data,
    .targets_can_send(access_can_send), .target_send(access_send), .target_request(access),
    .responses_valid(answer_valid), .responses(answer_head), .response_take(answer_take)
  );

  // MARK: Requests of the device

  logic request_can_send, request_send, request_valid, request_take;
  logic data_can_send, data_send, data_valid, data_take, data_flush;
  logic interrupt_can_send, interrupt_send, interrupt_valid, interrupt_take;
  read_request_t request, request_head;
  read_data_t    data, data_head;

  port_fifo #(.WIDTH($bits(read_request_t))) read_requests (
    .clk, .reset, .can_send(request_can_send), .send(request_send), .send_data(request), .level(),
    .valid(request_valid), .head(request_head), .take(request_take), .flush(function_reset)
  );
  port_fifo #(.WIDTH($bits(read_data_t)), .CAPACITY(DATA_PLACES), .LATENCY(RECEIVE_CYCLES)) read_data (
    .clk, .reset, .can_send(data_can_send), .send(data_send), .send_data(data), .level(), .valid(data_valid),
    .head(data_head), .take(data_take), .flush(data_flush)
  );
  port_fifo #(.WIDTH(1)) interrupts (
    .clk, .reset, .can_send(interrupt_can_send), .send(interrupt_send), .send_data(1'b0), .level(),
    .valid(interrupt_valid), .head(), .take(interrupt_take), .flush(function_reset)
  );

  transaction_layer #(.TAGS(TAGS)) transactions (
    .clk, .reset, .rx_valid, .rx, .tx_posted_ready, .tx_nonposted_ready, .tx_completion_ready, .tx_valid, .tx,
    .configuration, .function_reset, .writes_can_send(target_write_can_send), .write_send(target_write_send),
    .write_request(target_write), .reads_can_send(target_read_can_send), .read_send(target_read_send),
    .read_request(target_read), .completion_valid, .completion(completion_head), .completion_take, .buffer_dword,
    .buffer_data, .request_valid, .request(request_head), .request_take, .data_can_send, .data_send, .data,
    .interrupt_valid, .interrupt_take
  );

  // MARK: What the configuration means to command unit and DMA engine; as slow as data, so that nothing older is behind it

  control_t control, command_control, dma_control;
  logic     command_control_valid, command_control_take, dma_control_valid, dma_control_take;
  assign control = '{max_read_request: configuration.max_read_request, tag_limit: configuration.tag_limit,
    msi_enabled: configuration.msi_enabled, is_reset: function_reset};

  port_fifo #(.WIDTH($bits(control_t)), .CAPACITY(4 + RECEIVE_CYCLES), .LATENCY(RECEIVE_CYCLES)) command_controls (
    .clk, .reset, .can_send(), .send(configuration_changed), .send_data(control), .level(),
    .valid(command_control_valid), .head(command_control), .take(command_control_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(control_t)), .CAPACITY(4 + RECEIVE_CYCLES), .LATENCY(RECEIVE_CYCLES)) dma_controls (
    .clk, .reset, .can_send(), .send(configuration_changed), .send_data(control), .level(),
    .valid(dma_control_valid), .head(dma_control), .take(dma_control_take), .flush(1'b0)
  );

  // MARK: Command unit, DMA engine

  logic dma_can_send, dma_send, dma_valid, dma_take, result_can_send, result_send, result_valid, result_take;
  dma_command_t  dma_command, dma_command_head;
  device_error_t dma_result, dma_result_head;
  logic core_can_send, core_send, core_valid, core_take;
  logic core_result_can_send, core_result_send, core_result_valid, core_result_take;
  core_command_t core_command, core_command_head;
  core_result_t  core_result, core_result_head;

  port_fifo #(.WIDTH($bits(dma_command_t))) dma_commands (
    .clk, .reset, .can_send(dma_can_send), .send(dma_send), .send_data(dma_command), .level(), .valid(dma_valid),
    .head(dma_command_head), .take(dma_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(device_error_t)), .LATENCY(FINISH_CYCLES)) dma_results (
    .clk, .reset, .can_send(result_can_send), .send(result_send), .send_data(dma_result), .level(),
    .valid(result_valid), .head(dma_result_head), .take(result_take), .flush(1'b0)
  );

  // Clients of device RAM: BAR decoder, DMA engine, command unit; of the window: BAR decoder, DMA engine.
  logic             length_can_send, length_send, length_answer_valid, length_answer_take;
  logic             dma_write_can_send, dma_write_send, window_can_send, window_send, window_answer_valid, window_answer_take;
  memory_request_t  length_request, dma_write, window_request;
  memory_response_t length_answer_head, window_answer_head;
  logic [15:0]      length_level, dma_write_level;
  logic             ram_valid[3], ram_take[3], ram_answer_can_send[3], ram_answer_send[3];
  memory_request_t  ram_head[3];
  memory_response_t ram_answer;
  logic             window_valid[2], window_take[2], window_answer_can_send[2], window_answer_send[2];
  memory_request_t  window_head[2];
  memory_response_t window_answer;

  command_unit #(.QUEUE_DEPTH(QUEUE_DEPTH), .MSI(MSI)) command_file (
    .clk, .reset, .control_valid(command_control_valid), .control(command_control), .control_take(command_control_take),
    .access_valid(access_valid[0]), .access(access_head[0]), .access_take(access_take[0]),
    .response_can_send(answer_can_send[0]), .response_send(answer_send[0]), .response(answer[0]), .dma_can_send,
    .dma_send, .dma_command, .dma_result_valid(result_valid), .dma_result(dma_result_head),
    .dma_result_take(result_take), .core_can_send, .core_send, .core_command, .core_result_valid,
    .core_result(core_result_head), .core_result_take, .ram_can_send(length_can_send), .ram_send(length_send),
    .ram_request(length_request), .ram_level(length_level), .ram_data_valid(length_answer_valid),
    .ram_data(length_answer_head), .ram_data_take(length_answer_take), .interrupt_can_send, .interrupt_send
  );

  dma_engine #(
    .TAGS(TAGS), .MAX_REQUEST(MAX_REQUEST), .ALIGN_REQUESTS(ALIGN_REQUESTS), .START_CYCLES(START_CYCLES),
    .REQUEST_INTERVAL(REQUEST_INTERVAL)
  ) dma (
    .clk, .reset, .control_valid(dma_control_valid), .control(dma_control), .control_take(dma_control_take),
    .command_valid(dma_valid), .command(dma_command_head), .command_take(dma_take), .result_can_send, .result_send,
    .result(dma_result), .request_can_send, .request_send, .request, .data_valid, .data(data_head), .data_take,
    .data_flush, .ram_can_send(dma_write_can_send), .ram_send(dma_write_send), .ram_request(dma_write),
    .ram_level(dma_write_level), .window_can_send, .window_send, .window_request,
    .window_data_valid(window_answer_valid), .window_data(window_answer_head), .window_data_take(window_answer_take)
  );

  // MARK: Memories

  port_fifo #(.WIDTH($bits(memory_request_t))) dma_writes (
    .clk, .reset, .can_send(dma_write_can_send), .send(dma_write_send), .send_data(dma_write), .level(dma_write_level),
    .valid(ram_valid[1]), .head(ram_head[1]), .take(ram_take[1]), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(memory_request_t)), .CAPACITY(5)) length_requests (
    .clk, .reset, .can_send(length_can_send), .send(length_send), .send_data(length_request), .level(length_level),
    .valid(ram_valid[2]), .head(ram_head[2]), .take(ram_take[2]), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(memory_response_t)), .CAPACITY(4 + READ_CYCLES), .LATENCY(READ_CYCLES)) length_responses (
    .clk, .reset, .can_send(ram_answer_can_send[2]), .send(ram_answer_send[2]), .send_data(ram_answer), .level(),
    .valid(length_answer_valid), .head(length_answer_head), .take(length_answer_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(memory_request_t)), .CAPACITY(5)) window_requests (
    .clk, .reset, .can_send(window_can_send), .send(window_send), .send_data(window_request), .level(),
    .valid(window_valid[1]), .head(window_head[1]), .take(window_take[1]), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(memory_response_t)), .CAPACITY(4 + READ_CYCLES), .LATENCY(READ_CYCLES)) window_responses (
    .clk, .reset, .can_send(window_answer_can_send[1]), .send(window_answer_send[1]), .send_data(window_answer),
    .level(), .valid(window_answer_valid), .head(window_answer_head), .take(window_answer_take), .flush(1'b0)
  );

  assign {ram_valid[0], ram_head[0], access_take[1]} = {access_valid[1], access_head[1], ram_take[0]};
  assign {ram_answer_can_send[0], ram_answer_can_send[1]} = {answer_can_send[1], 1'b1};
  assign {answer_send[1], answer[1]} = {ram_answer_send[0], ram_answer};
  assign {window_valid[0], window_head[0], access_take[2]} = {access_valid[2], access_head[2], window_take[0]};
  assign window_answer_can_send[0] = answer_can_send[2];
  assign {answer_send[2], answer[2]} = {window_answer_send[0], window_answer};

  logic        b_write;
  logic [23:0] b_address, loader_address;
  logic [3:0]  b_size;
  logic [63:0] b_wdata, b_rdata, loader_word, lengths;

  device_memory #(.CLIENTS(3), .BURST_LENGTH(BURST_LENGTH)) ram (
    .clk, .reset, .requests_valid(ram_valid), .requests(ram_head), .request_take(ram_take),
    .responses_can_send(ram_answer_can_send), .response_send(ram_answer_send), .response(ram_answer), .b_clk(core_clk),
    .b_write, .b_address, .b_size, .b_wdata, .b_rdata, .loader_address, .loader_word, .lengths, .a_writes(ram_writes),
    .a_request(ram_write)
  );
  device_memory #(.CLIENTS(2), .BASE(P2P), .BURST_LENGTH(BURST_LENGTH)) window (
    .clk, .reset, .requests_valid(window_valid), .requests(window_head), .request_take(window_take),
    .responses_can_send(window_answer_can_send), .response_send(window_answer_send), .response(window_answer),
    .b_clk(core_clk), .b_write(1'b0), .b_address(24'd0), .b_size(4'd0), .b_wdata(64'd0), .b_rdata(),
    .loader_address(24'd0), .loader_word(), .lengths(), .a_writes(window_writes), .a_request(window_write)
  );

  // MARK: Core

  port_crossing #(.WIDTH($bits(core_command_t)), .SYNCHRONISER(SYNCHRONISER)) core_commands (
    .send_clk(clk), .take_clk(core_clk), .reset, .can_send(core_can_send), .send(core_send), .send_data(core_command),
    .valid(core_valid), .head(core_command_head), .take(core_take)
  );
  port_crossing #(.WIDTH($bits(core_result_t)), .SYNCHRONISER(SYNCHRONISER)) core_results (
    .send_clk(core_clk), .take_clk(clk), .reset, .can_send(core_result_can_send), .send(core_result_send),
    .send_data(core_result), .valid(core_result_valid), .head(core_result_head), .take(core_result_take)
  );
  core_shell #(
    .MULTIPLY_CYCLES(MULTIPLY_CYCLES), .DIVIDE_CYCLES(DIVIDE_CYCLES), .ATOMIC_CYCLES(ATOMIC_CYCLES),
    .BACKWARD_TAKEN(BACKWARD_TAKEN)
  ) core (
    .clk(core_clk), .reset, .command_valid(core_valid), .command(core_command_head), .command_take(core_take),
    .result_can_send(core_result_can_send), .result_send(core_result_send), .result(core_result), .ram_write(b_write),
    .ram_address(b_address), .ram_size(b_size), .ram_wdata(b_wdata), .ram_rdata(b_rdata), .loader_address, .loader_word,
    .lengths
  );
endmodule
