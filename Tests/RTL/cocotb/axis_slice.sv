// A register slice of an AXI4-Stream: what comes in at rx goes out at tx a cycle later.
module axis_slice #(
  parameter int BYTES = 8,
  // Bits of tkeep: one for each dword.
  parameter int KEEP = BYTES / 4
) (
  input  logic               clk, reset,
  input  logic               rx_tvalid, rx_tlast,
  output logic               rx_tready,
  input  logic [8*BYTES-1:0] rx_tdata,
  input  logic [KEEP-1:0]    rx_tkeep,
  output logic               tx_tvalid, tx_tlast,
  input  logic               tx_tready,
  output logic [8*BYTES-1:0] tx_tdata,
  output logic [KEEP-1:0]    tx_tkeep
);
  assign rx_tready = !reset && (!tx_tvalid || tx_tready);

  always_ff @(posedge clk) begin
    if (reset) tx_tvalid <= 0;
    else if (rx_tready) {tx_tvalid, tx_tlast, tx_tkeep, tx_tdata} <= {rx_tvalid, rx_tlast, rx_tkeep, rx_tdata};
  end
endmodule
