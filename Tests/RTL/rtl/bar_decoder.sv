// Sends the memory requests that hit BAR4 to what lies behind their address, in accesses of the data path's width, one
// request at a time. A read begins when its completion has room.
module bar_decoder
  import device_pkg::*;
(
  input  logic             clk,
  input  logic             reset,
  // From the transaction layer.
  input  logic             writes_valid,
  input  target_write_t    write_request,
  output logic             write_take,
  input  logic             reads_valid,
  input  target_read_t     read_request,
  output logic             read_take,
  // To it: the answer lies in the completion buffer, at `completion_slot`.
  input  logic             completions_can_send,
  output logic             completion_send,
  output target_read_t     completion_request,
  output logic [1:0]       completion_slot,
  output logic             assembly_write,
  output logic [1:0]       assembly_slot,
  output logic [9:0]       assembly_dword,
  output logic [3:0]       assembly_count,
  output logic [8*DATA_PATH-1:0] assembly_data,
  // Registers, device RAM, p2pdma window.
  input  logic             targets_can_send[3],
  output logic             target_send[3],
  output memory_request_t  target_request,
  input  logic             responses_valid[3],
  input  memory_response_t responses[3],
  output logic             response_take[3]
);
  typedef enum logic [1:0] {WORK_NONE, WORK_WRITE, WORK_READ} work_t;
  typedef struct packed {
    work_t       work;
    logic [1:0]  target;
    logic [12:0] issued;
    logic [12:0] returned;
    logic [1:0]  slot;
  } state_t;

  state_t q, n;
  logic [23:0] offset, place;
  logic [12:0] total, left;
  logic [6:0]  count;
  logic        starts_read;

  function automatic logic [1:0] target_of(input logic [23:0] address);
    target_of = address < IO_SIZE ? 2'd0 : address < P2P ? 2'd1 : 2'd2;
  endfunction

  // Only bytes of the first and last dword can be disabled. Accesses are whole dwords.
  function automatic logic [DATA_PATH-1:0] enables(input logic [12:0] start, input logic [6:0] bytes);
    logic [12:0] last;
    logic [3:0]  disabled;
    disabled = ~write_request.last_be;
    last = 13'({write_request.length - 11'd1, 2'b00});
    enables = all_enabled(bytes);
    if (start == 0) enables[3:0] = enables[3:0] & write_request.first_be;
    if (last != 0 && last - start < 13'(bytes)) begin
      enables = enables & ~(DATA_PATH'(disabled) << (last - start));
    end
  endfunction

  assign completion_request = read_request;
  assign completion_slot = q.slot;
  assign assembly_slot = q.slot;
  assign assembly_dword = 10'(q.returned >> 2);

  always_comb begin
    n = q;
    {write_take, read_take, completion_send, assembly_write} = '0;
    for (int i = 0; i < 3; i++) {target_send[i], response_take[i]} = '0;
    target_request = '0;
    // The next request in the order of their arrival, but for a read whose completion has no room: writes pass it.
    starts_read = reads_valid && completions_can_send
      && (!writes_valid || $signed(read_request.order - write_request.order) < 0);
    if (q.work == WORK_NONE) begin
      if (starts_read) {n.work, n.target} = {WORK_READ, target_of(read_request.offset)};
      else if (writes_valid) {n.work, n.target} = {WORK_WRITE, target_of(write_request.offset)};
    end
    offset = n.work == WORK_READ ? read_request.offset : write_request.offset;
    total = 13'({n.work == WORK_READ ? read_request.length : write_request.length, 2'b00});
    place = offset + 24'(q.issued);
    left = total - q.issued;
    count = left < 13'(to_block_end(place)) ? 7'(left) : to_block_end(place);
    target_request.address = place;
    target_request.count = count;
    target_request.kind = n.work == WORK_WRITE ? ACCESS_WRITE : ACCESS_READ;
    assembly_data = responses[n.target].data;
    assembly_count = 4'(responses[n.target].count >> 2);

    if (n.work == WORK_WRITE && targets_can_send[n.target]) begin
      target_send[n.target] = 1;
      target_request.enable = enables(q.issued, count);
      target_request.data = (8*DATA_PATH)'(write_request.payload >> {q.issued, 3'b000});
      n.issued = q.issued + 13'(count);
      write_take = n.issued == total;
    end
    if (n.work == WORK_READ) begin
      if (responses_valid[n.target]) begin
        response_take[n.target] = 1;
        assembly_write = 1;
        n.returned = q.returned + 13'(responses[n.target].count);
      end
      if (q.issued < total && targets_can_send[n.target]) begin
        target_send[n.target] = 1;
        n.issued = q.issued + 13'(count);
      end
      if (n.returned == total) begin
        completion_send = 1;
        n.slot = q.slot + 2'd1;
        read_take = 1;
      end
    end
    if (write_take || read_take) {n.work, n.issued, n.returned} = {WORK_NONE, 26'd0};
  end

  always_ff @(posedge clk) q <= reset ? '0 : n;
endmodule
