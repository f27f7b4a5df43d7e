// A port between two clocks: four places, and pointers in Gray code that pay SYNCHRONISER edges of the side that listens.
module port_crossing #(
  parameter int WIDTH        = 8,
  parameter int SYNCHRONISER = 2
) (
  input  logic             send_clk,
  input  logic             take_clk,
  input  logic             reset,
  output logic             can_send,
  input  logic             send,
  input  logic [WIDTH-1:0] send_data,
  output logic             valid,
  output logic [WIDTH-1:0] head,
  input  logic             take
);
  logic [WIDTH-1:0] places[4];
  // Messages ever sent and taken, modulo 8; in Gray code as the other side sees them, one stage per edge.
  logic [2:0] sent, taken, sent_seen, taken_seen;
  logic [2:0] sent_stages[SYNCHRONISER], taken_stages[SYNCHRONISER];

  function automatic logic [2:0] to_gray(input logic [2:0] count);
    to_gray = count ^ (count >> 1);
  endfunction
  function automatic logic [2:0] from_gray(input logic [2:0] gray);
    from_gray = {gray[2], gray[2] ^ gray[1], gray[2] ^ gray[1] ^ gray[0]};
  endfunction

  assign sent_stages[0] = to_gray(sent);
  assign taken_stages[0] = to_gray(taken);
  assign sent_seen = from_gray(sent_stages[SYNCHRONISER-1]);
  assign taken_seen = from_gray(taken_stages[SYNCHRONISER-1]);
  assign can_send = 3'(sent - taken_seen) < 3'd4;
  assign valid = sent_seen != taken;
  assign head = places[taken[1:0]];

  for (genvar i = 1; i < SYNCHRONISER; i++) begin : g_stages
    always_ff @(posedge take_clk) sent_stages[i] <= reset ? '0 : sent_stages[i-1];
    always_ff @(posedge send_clk) taken_stages[i] <= reset ? '0 : taken_stages[i-1];
  end

  always_ff @(posedge send_clk) begin
    if (reset) sent <= 0;
    else if (send) begin
      places[sent[1:0]] <= send_data;
      sent <= sent + 3'd1;
    end
  end
  always_ff @(posedge take_clk) begin
    if (reset) taken <= 0;
    else if (take) taken <= taken + 3'd1;
  end
endmodule
