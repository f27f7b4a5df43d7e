// The device with its packets on AXI4-Stream, 64 bytes a beat: bytes in the order of the wire, the first one in the lowest
// lane, header and payload without a gap.
module ubpf_device_axis
  import device_pkg::*;
(
  input  logic         clk,
  input  logic         core_clk,
  input  logic         reset,
  input  logic         rx_tvalid,
  output logic         rx_tready,
  input  logic [511:0] rx_tdata,
  input  logic [63:0]  rx_tkeep,
  input  logic         rx_tlast,
  output logic         tx_tvalid,
  input  logic         tx_tready,
  output logic [511:0] tx_tdata,
  output logic [63:0]  tx_tkeep,
  output logic         tx_tlast,
  input  logic [15:0]  function_id,
  input  logic [12:0]  max_payload,
  input  logic [12:0]  max_read_request,
  input  logic [9:0]   tag_limit,
  input  logic         bus_master,
  input  logic         msi_enabled,
  input  logic [63:0]  msi_address,
  input  logic [15:0]  msi_data,
  input  logic         configuration_changed,
  input  logic         function_reset
);
  localparam int BEAT = 64, BEATS = (16 + MAX_PAYLOAD + BEAT - 1) / BEAT;

  logic rx_valid, tx_valid, tx_room;
  tlp_t rx, tx, queued;
  config_t configuration;
  assign configuration = '{
    function_id: function_id, max_payload: max_payload, max_read_request: max_read_request, tag_limit: tag_limit,
    bus_master: bus_master, msi_enabled: msi_enabled, msi_address: msi_address, msi_data: msi_data};

  ubpf_device device (
    .clk, .core_clk, .reset, .rx_valid, .rx, .tx_posted_ready(tx_room), .tx_nonposted_ready(tx_room),
    .tx_completion_ready(tx_room), .tx_valid, .tx, .configuration, .configuration_changed, .function_reset,
    .ram_writes(), .ram_write(), .window_writes(), .window_write()
  );

  // The bytes of a packet, as on the wire: of each dword of the header the uppermost byte is first.
  function automatic logic [8*BEAT*BEATS-1:0] to_wire(input tlp_t tlp);
    logic [127:0] header;
    for (int i = 0; i < 16; i++) header[8*i+:8] = tlp.header[8*(15-i)+:8];
    to_wire = '0;
    if (tlp.header[125]) to_wire[127:0] = header;
    else to_wire[95:0] = header[95:0];
    to_wire = to_wire | (8*BEAT*BEATS)'(tlp.payload) << (tlp.header[125] ? 128 : 96);
  endfunction
  function automatic tlp_t from_wire(input logic [8*BEAT*BEATS-1:0] wire_bytes);
    for (int i = 0; i < 16; i++) from_wire.header[8*(15-i)+:8] = wire_bytes[8*i+:8];
    // Bit 29 of dword 0: four dwords (PCI Express Base Specification 2.2.1).
    if (!wire_bytes[5]) from_wire.header[31:0] = '0;
    from_wire.payload = (8*MAX_PAYLOAD)'(wire_bytes >> (wire_bytes[5] ? 128 : 96));
  endfunction
  function automatic int bytes_of(input logic [127:0] header);
    bytes_of = (header[125] ? 16 : 12) + (header[126] ? 4 * int'(header[105:96]) : 0);
  endfunction

  // MARK: Receive: beats are gathered, and what no beat has written reads as zero

  logic [8*BEAT*BEATS-1:0] gathered, gathered_next;
  logic [3:0] rx_beat;
  assign rx_tready = !reset;
  always_comb begin
    gathered_next = rx_beat == 0 ? '0 : gathered;
    for (int i = 0; i < BEAT; i++) begin
      if (rx_tkeep[i]) gathered_next[8*(BEAT*int'(rx_beat)+i)+:8] = rx_tdata[8*i+:8];
    end
  end
  always_ff @(posedge clk) begin
    rx_valid <= !reset && rx_tvalid && rx_tready && rx_tlast;
    rx <= from_wire(gathered_next);
    if (rx_tvalid && rx_tready) gathered <= gathered_next;
    if (reset) rx_beat <= 0;
    else if (rx_tvalid && rx_tready) rx_beat <= rx_tlast ? 4'd0 : rx_beat + 4'd1;
  end

  // MARK: Transmit

  logic queue_valid, is_over;
  logic [3:0] tx_beat;
  int left;
  port_fifo #(.WIDTH($bits(tlp_t)), .CAPACITY(4)) queue (
    .clk, .reset, .can_send(tx_room), .send(tx_valid), .send_data(tx), .level(), .valid(queue_valid), .head(queued),
    .take(is_over), .flush(1'b0)
  );
  assign left = bytes_of(queued.header) - BEAT * int'(tx_beat);
  assign tx_tvalid = queue_valid;
  assign tx_tlast = left <= BEAT;
  assign tx_tdata = 512'(to_wire(queued) >> (8 * BEAT * int'(tx_beat)));
  assign is_over = tx_tvalid && tx_tready && tx_tlast;
  always_comb for (int i = 0; i < BEAT; i++) tx_tkeep[i] = i < left;
  always_ff @(posedge clk) begin
    if (reset || is_over) tx_beat <= 0;
    else if (tx_tvalid && tx_tready) tx_beat <= tx_beat + 4'd1;
  end
endmodule
