// Moves data into device RAM, one transfer at a time: from host memory by read requests with several tags outstanding, or
// from the p2pdma window.
module dma_engine
  import device_pkg::*;
#(
  parameter int TAGS             = 32,
  parameter int MAX_REQUEST      = 4096,
  parameter bit ALIGN_REQUESTS   = 1,
  parameter int START_CYCLES     = 4,
  parameter int REQUEST_INTERVAL = 1
) (
  input  logic             clk,
  input  logic             reset,
  input  logic             control_valid,
  input  control_t         control,
  output logic             control_take,
  input  logic             command_valid,
  input  dma_command_t     command,
  output logic             command_take,
  input  logic             result_can_send,
  output logic             result_send,
  output device_error_t    result,
  // Host memory.
  input  logic             request_can_send,
  output logic             request_send,
  output read_request_t    request,
  input  logic             data_valid,
  input  read_data_t       data,
  output logic             data_take,
  output logic             data_flush,
  // Device RAM.
  input  logic             ram_can_send,
  output logic             ram_send,
  output memory_request_t  ram_request,
  input  logic [15:0]      ram_level,
  // The p2pdma window.
  input  logic             window_can_send,
  output logic             window_send,
  output memory_request_t  window_request,
  input  logic             window_data_valid,
  input  memory_response_t window_data,
  output logic             window_data_take
);
  localparam int INDEX = $clog2(TAGS);

  typedef enum logic [2:0] {IDLE, STARTING, READING, MOVING, FINISHING} phase_t;
  typedef struct packed {
    phase_t        phase;
    logic          from_host;
    device_error_t error;
    logic [16:0]   start_in;
    logic [63:0]   source;
    logic [23:0]   destination;
    // Bytes not yet requested, and requested but not yet on their way to RAM.
    logic [31:0]   unrequested;
    logic [31:0]   outstanding;
    logic [23:0]   move_destination;
    // Writes to RAM that the engine has sent in all, and up to the last one of this transfer.
    logic [31:0]   writes;
    logic [31:0]   last_write;
    logic          wrote_window;
    logic [12:0]   drained;
    logic [12:0]   max_read_request;
    logic [9:0]    tag_limit;
    logic [10:0]   active_tags;
    logic [16:0]   next_request_in;
  } state_t;
  typedef struct packed {
    logic        active;
    logic [12:0] remaining;
    logic [23:0] destination;
  } tag_t;

  state_t q, n;
  tag_t   tags[TAGS], tags_next[TAGS];

  // Stops asking for more; what is outstanding is waited for. The first reason counts.
  task automatic fail(input device_error_t code);
    if (n.error == ERROR_NONE) n.error = code;
    n.unrequested = 0;
  endtask

  task automatic take_control();
    control_take = control_valid;
    data_flush = 0;
    if (control_valid) begin
      n.max_read_request = control.max_read_request;
      n.tag_limit = control.tag_limit;
      if (control.is_reset) begin
        for (int i = 0; i < TAGS; i++) tags_next[i] = '0;
        n.active_tags = 0;
        n.drained = 0;
        data_flush = 1;
        if (n.phase != IDLE && n.phase != FINISHING) begin
          fail(ERROR_ABORTED);
          // The window still answers.
          if (n.phase != MOVING) {n.outstanding, n.phase} = {32'd0, FINISHING};
        end
      end
    end
  endtask

  task automatic accept_command();
    command_take = command_valid && (command.kind == DMA_ABORT || n.phase == IDLE);
    if (command_take && command.kind == DMA_ABORT) begin
      if (n.phase != IDLE && n.phase != FINISHING) fail(ERROR_ABORTED);
    end else if (command_take) begin
      n.phase = STARTING;
      n.from_host = command.kind == DMA_HOST_TO_RAM;
      n.error = ERROR_NONE;
      n.start_in = 17'(START_CYCLES) + 17'd1;
      n.source = command.source;
      n.destination = command.destination;
      n.move_destination = command.destination;
      n.unrequested = command.length;
      n.outstanding = 0;
      n.last_write = n.writes;
    end
  endtask

  // MARK: Device RAM, one write a cycle

  logic [12:0] left, count;

  task automatic release_tag(input logic [INDEX-1:0] tag);
    n.outstanding = n.outstanding - 32'(tags_next[tag].remaining);
    {tags_next[tag].active, tags_next[tag].remaining} = '0;
    n.active_tags = n.active_tags - 11'd1;
  endtask

  task automatic note_write(input logic [12:0] bytes, input logic is_window);
    ram_send = 1;
    n.writes = n.writes + 32'd1;
    n.last_write = n.writes;
    n.wrote_window = is_window;
    n.outstanding = n.outstanding - 32'(bytes);
  endtask

  task automatic take_data();
    data_take = 1;
    n.drained = 0;
  endtask

  task automatic write_completion();
    logic [INDEX-1:0] tag;
    tag = data.tag[INDEX-1:0];
    left = data.count - n.drained;
    ram_request.address = tags_next[tag].destination;
    count = left < 13'(to_block_end(tags_next[tag].destination)) ? left
      : 13'(to_block_end(tags_next[tag].destination));
    ram_request.data = (8*DATA_PATH)'(data.payload >> {n.drained + 13'(data.skip), 3'b000});
    if (data.tag >= 10'(TAGS) || !tags_next[tag].active) begin
      take_data();
    end else if (data.error != ERROR_NONE) begin
      fail(data.error);
      release_tag(tag);
      take_data();
    end else if (ram_can_send) begin
      tags_next[tag].destination = tags_next[tag].destination + 24'(count);
      tags_next[tag].remaining = tags_next[tag].remaining - count;
      note_write(count, 0);
      if (count == left) begin
        if (data.is_last) release_tag(tag);
        take_data();
      end else begin
        n.drained = n.drained + count;
      end
    end
  endtask

  task automatic write_ram();
    {ram_send, data_take, window_data_take} = '0;
    ram_request = '0;
    ram_request.kind = ACCESS_WRITE;
    count = 0;
    if (window_data_valid && !(data_valid && !data_flush && n.wrote_window)) begin
      if (ram_can_send) begin
        window_data_take = 1;
        ram_request.address = n.move_destination;
        ram_request.data = window_data.data;
        count = 13'(window_data.count);
        n.move_destination = n.move_destination + 24'(count);
        note_write(count, 1);
      end
    end else if (data_valid && !data_flush) begin
      write_completion();
    end
    ram_request.count = 7'(count);
    ram_request.enable = all_enabled(7'(count));
  endtask

  // MARK: Requests

  task automatic begin_transfer();
    if (n.start_in != 0) n.start_in = n.start_in - 17'd1;
    if (n.phase == STARTING && n.start_in == 0) n.phase = n.from_host ? READING : MOVING;
  endtask

  // At most MRRS in whole dwords, never across 4 KiB (PCI Express Base Specification 2.2.7).
  function automatic logic [12:0] request_length(input logic [63:0] address, input logic [31:0] remaining,
                                                 input logic [12:0] limit);
    logic [12:0] to_page, to_limit;
    to_page = 13'd4096 - {1'b0, address[11:0]};
    to_limit = limit - (address[12:0] & (limit - 13'd1));
    if (ALIGN_REQUESTS) begin
      if (remaining + 32'(address[1:0]) <= 32'(limit) && remaining <= 32'(to_page)) request_length = 13'(remaining);
      else request_length = remaining < 32'(to_limit) ? 13'(remaining) : to_limit;
    end else begin
      request_length = limit - 13'(address[1:0]);
      if (to_page < request_length) request_length = to_page;
      if (remaining < 32'(request_length)) request_length = 13'(remaining);
    end
  endfunction

  task automatic request_read();
    logic [INDEX-1:0] tag;
    logic [10:0]      limit;
    logic [12:0]      most;
    tag = 0;
    for (int i = TAGS - 1; i >= 0; i--) if (!tags_next[i].active) tag = INDEX'(i);
    limit = 11'(TAGS) < {1'b0, n.tag_limit} ? 11'(TAGS) : {1'b0, n.tag_limit};
    most = 13'(MAX_REQUEST) < n.max_read_request ? 13'(MAX_REQUEST) : n.max_read_request;
    if (n.next_request_in != 0) n.next_request_in = n.next_request_in - 17'd1;
    request = '{address: n.source, length: request_length(n.source, n.unrequested, most), tag: 10'(tag)};
    request_send = n.active_tags < limit && most != 0 && n.phase == READING && n.unrequested != 0
      && n.next_request_in == 0 && request_can_send;
    if (request_send) begin
      tags_next[tag] = '{active: 1, remaining: request.length, destination: n.destination};
      n.active_tags = n.active_tags + 11'd1;
      n.source = n.source + 64'(request.length);
      n.destination = n.destination + 24'(request.length);
      n.unrequested = n.unrequested - 32'(request.length);
      n.outstanding = n.outstanding + 32'(request.length);
      n.next_request_in = 17'(REQUEST_INTERVAL);
    end
  endtask

  // Each read of the window asks for what one aligned write takes.
  task automatic request_window();
    logic [6:0] bytes;
    bytes = n.unrequested < 32'(to_block_end(n.destination)) ? 7'(n.unrequested) : to_block_end(n.destination);
    window_send = n.phase == MOVING && n.unrequested != 0 && window_can_send;
    window_request = '{kind: ACCESS_READ, address: P2P + n.source[23:0], count: bytes, enable: '0, data: '0};
    if (window_send) begin
      n.source = n.source + 64'(bytes);
      n.destination = n.destination + 24'(bytes);
      n.unrequested = n.unrequested - 32'(bytes);
      n.outstanding = n.outstanding + 32'(bytes);
    end
  endtask

  // The end is reported once RAM holds every byte: others could be ahead of the last.
  task automatic finish_transfer();
    logic [31:0] done;
    if ((n.phase == READING || n.phase == MOVING) && n.unrequested == 0 && n.outstanding == 0) n.phase = FINISHING;
    done = n.writes - 32'(ram_level) - 32'(ram_send);
    result = n.error;
    result_send = n.phase == FINISHING && $signed(done - n.last_write) >= 0 && result_can_send;
    if (result_send) n.phase = IDLE;
  endtask

  always_comb begin
    n = q;
    tags_next = tags;
    {left, count} = '0;
    {window_send, request_send, result_send} = '0;
    {window_request, request, result} = '0;
    take_control();
    accept_command();
    write_ram();
    begin_transfer();
    request_read();
    request_window();
    finish_transfer();
  end

  always_ff @(posedge clk) begin
    q <= reset ? '0 : n;
    for (int i = 0; i < TAGS; i++) tags[i] <= reset ? '0 : tags_next[i];
  end
endmodule
