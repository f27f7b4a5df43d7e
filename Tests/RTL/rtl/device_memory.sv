// An on-chip memory: port A makes one access a cycle for clients that are served in turn; port B belongs to the core.
module device_memory
  import device_pkg::*;
#(
  parameter int          CLIENTS      = 3,
  parameter logic [23:0] BASE         = 0,
  parameter int          BURST_LENGTH = 1
) (
  input  logic             clk,
  input  logic             reset,
  input  logic             requests_valid[CLIENTS],
  input  memory_request_t  requests[CLIENTS],
  output logic             request_take[CLIENTS],
  input  logic             responses_can_send[CLIENTS],
  output logic             response_send[CLIENTS],
  output memory_response_t response,
  // Port B, of another clock: up to 8 bytes at any address, read in the same cycle.
  input  logic             b_clk,
  input  logic             b_write,
  input  logic [23:0]      b_address,
  input  logic [3:0]       b_size,
  input  logic [63:0]      b_wdata,
  output logic [63:0]      b_rdata,
  // For the loader: an aligned word, and TEXT_LEN and DATA_LEN.
  input  logic [23:0]      loader_address,
  output logic [63:0]      loader_word,
  output logic [63:0]      lengths,
  // What port A wrote last, for test benches.
  output logic             a_writes,
  output memory_request_t  a_request
);
  localparam int WORDS = 1 << 20, LANES = DATA_PATH / 8, SELECT = $clog2(CLIENTS);

  /* verilator lint_off MULTIDRIVEN */
  logic [63:0] cells[WORDS];
  /* verilator lint_on MULTIDRIVEN */
  logic [SELECT-1:0] granted, chosen;
  logic [5:0]        burst_left;
  logic              serves;
  memory_request_t   request;
  logic [23:0]       a_place;
  logic [19:0]       a_word, b_word;
  logic [16*DATA_PATH-1:0] a_blocks;
  logic [8*DATA_PATH-1:0] a_data, a_mask;
  logic [DATA_PATH-1:0]   a_enable;

  always_comb begin
    int index;
    {serves, chosen} = '0;
    for (int i = 0; i < CLIENTS; i++) begin
      index = (int'(granted) + (burst_left != 0 ? 0 : 1) + i) % CLIENTS;
      if (!serves && requests_valid[index] && (requests[index].kind != ACCESS_READ || responses_can_send[index])) begin
        serves = 1;
        chosen = SELECT'(index);
      end
    end
    for (int i = 0; i < CLIENTS; i++) begin
      request_take[i] = serves && chosen == SELECT'(i);
      response_send[i] = request_take[i] && requests[i].kind == ACCESS_READ;
    end
    request = requests[chosen];
  end

  // The block that port A writes, byte 0 of the request at its place in it. A read may go on in the next block: rows lie in two
  // interleaved banks.
  assign a_place = request.address - BASE;
  assign a_word = {a_place[22:$clog2(DATA_PATH)], {$clog2(LANES){1'b0}}};
  assign a_data = request.data << {request.address[$clog2(DATA_PATH)-1:0], 3'b000};
  assign a_enable = request.enable << request.address[$clog2(DATA_PATH)-1:0];
  always_comb begin
    for (int i = 0; i < DATA_PATH; i++) a_mask[8*i+:8] = {8{a_enable[i]}};
    for (int i = 0; i < 2 * LANES; i++) a_blocks[64*i+:64] = cells[a_word+20'(i)];
  end
  assign response.count = request.count;
  assign response.data = (8*DATA_PATH)'(a_blocks >> {request.address[$clog2(DATA_PATH)-1:0], 3'b000});
  assign a_writes = serves && request.kind == ACCESS_WRITE;
  assign a_request = request;

  always_ff @(posedge clk) begin
    if (reset) begin
      {granted, burst_left} <= '0;
    end else if (serves) begin
      granted <= chosen;
      burst_left <= burst_left != 0 && granted == chosen ? burst_left - 6'd1 : 6'(BURST_LENGTH - 1);
      if (a_writes) begin
        for (int i = 0; i < LANES; i++) begin
          cells[a_word+20'(i)] <= a_blocks[64*i+:64] & ~a_mask[64*i+:64] | a_data[64*i+:64] & a_mask[64*i+:64];
        end
      end
    end
  end

  // The two words that port B may touch.
  logic [127:0] b_pair, b_mask, b_new;
  assign b_word = b_address[22:3];
  assign b_pair = {cells[b_word+20'd1], cells[b_word]};
  assign b_rdata = 64'(b_pair >> {b_address[2:0], 3'b000});
  assign b_mask = ((128'd1 << {b_size, 3'b000}) - 128'd1) << {b_address[2:0], 3'b000};
  assign b_new = b_pair & ~b_mask | 128'(b_wdata) << {b_address[2:0], 3'b000} & b_mask;
  always_ff @(posedge b_clk) begin
    if (b_write) cells[b_word] <= b_new[63:0];
    if (b_write && b_mask[64]) cells[b_word+20'd1] <= b_new[127:64];
  end

  assign loader_word = cells[loader_address[22:3]];
  assign lengths = cells[TEXT_LENGTH[22:3]];

  // RAM of simulators begins with zeros, as the model's does.
  initial for (int i = 0; i < WORDS; i++) cells[i] = 0;
endmodule
