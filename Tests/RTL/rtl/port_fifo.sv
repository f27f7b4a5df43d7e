// A registered, bounded wire: what is sent at an edge is visible LATENCY edges later, and room that the receiver makes at
// an edge is seen by the sender at the next one.
module port_fifo #(
  parameter int WIDTH    = 8,
  parameter int CAPACITY = 4,
  parameter int LATENCY  = 1
) (
  input  logic             clk,
  input  logic             reset,
  // The sender's side. `level` counts what the receiver has not taken, as the sender knows it.
  output logic             can_send,
  input  logic             send,
  input  logic [WIDTH-1:0] send_data,
  output logic [15:0]      level,
  // The receiver's side; `flush` drops all that is visible.
  output logic             valid,
  output logic [WIDTH-1:0] head,
  input  logic             take,
  input  logic             flush
);
  localparam int INDEX = CAPACITY > 1 ? $clog2(CAPACITY) : 1;

  logic [WIDTH-1:0]   places[CAPACITY];
  logic [INDEX-1:0]   first, next;
  logic [15:0]        visible, dropped;
  logic               arrives;

  assign can_send = level < 16'(CAPACITY);
  assign valid = visible != 0;
  assign head = places[first];
  assign dropped = flush ? visible : {15'd0, take};

  function automatic logic [INDEX-1:0] advanced(input logic [INDEX-1:0] place, input logic [15:0] by);
    logic [16:0] sum;
    sum = 17'(place) + 17'(by);
    advanced = INDEX'(sum >= 17'(CAPACITY) ? sum - 17'(CAPACITY) : sum);
  endfunction

  if (LATENCY == 1) begin : g_next
    assign arrives = send;
  end else begin : g_later
    // Bit i: whether something was sent i + 1 edges ago.
    logic [LATENCY-2:0] travelling;
    assign arrives = travelling[LATENCY-2];
    always_ff @(posedge clk) travelling <= reset ? '0 : (LATENCY-1)'({travelling, send});
  end

  always_ff @(posedge clk) begin
    if (reset) begin
      {first, next, visible, level} <= '0;
    end else begin
      if (send) begin
        places[next] <= send_data;
        next <= advanced(next, 1);
      end
      first <= advanced(first, dropped);
      visible <= visible + {15'd0, arrives} - dropped;
      level <= level + {15'd0, send} - dropped;
    end
  end
endmodule
