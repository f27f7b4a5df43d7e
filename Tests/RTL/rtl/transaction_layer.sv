// Packs, parses and matches the TLPs of the device (PCI Express Base Specification, chapter 2). It stands behind a PCI
// Express block that answers configuration requests and refuses what no BAR claims: what comes here hits BAR4, or answers
// a read of this function.
module transaction_layer
  import device_pkg::*;
#(
  parameter int TAGS           = 32,
  parameter int RECEIVE_PLACES = 64
) (
  input  logic          clk,
  input  logic          reset,
  // Packets from the link, one a cycle; and to it, as the credits of their class allow.
  input  logic          rx_valid,
  input  tlp_t          rx,
  input  logic          tx_posted_ready,
  input  logic          tx_nonposted_ready,
  input  logic          tx_completion_ready,
  output logic          tx_valid,
  output tlp_t          tx,
  // The configuration of the function; a reset forgets all that is outstanding.
  input  config_t       configuration,
  input  logic          function_reset,
  // Requests to the BAR decoder.
  input  logic          writes_can_send,
  output logic          write_send,
  output target_write_t write_request,
  input  logic          reads_can_send,
  output logic          read_send,
  output target_read_t  read_request,
  // Its answers; the data lies in the completion buffer.
  input  logic          completion_valid,
  input  target_read_t  completion,
  output logic          completion_take,
  output logic [9:0]    buffer_dword,
  input  logic [8*MAX_PAYLOAD-1:0] buffer_data,
  // Reads of the DMA engine, and their data.
  input  logic          request_valid,
  input  read_request_t request,
  output logic          request_take,
  input  logic          data_can_send,
  output logic          data_send,
  output read_data_t    data,
  // Message signalled interrupts.
  input  logic          interrupt_valid,
  output logic          interrupt_take
);
  localparam int INDEX = $clog2(TAGS), RCB = 128;

  // MARK: Receive buffer, a queue for each class, with the order of all

  typedef struct packed {
    logic [15:0] order;
    // How many posted requests came before.
    logic [15:0] posted;
    tlp_t        tlp;
  } queued_t;

  logic [15:0] arrivals, posted_arrivals;
  logic [7:0]  rx_type;
  logic        is_posted, is_completion;
  logic        p_valid, np_valid, cpl_valid, p_take, np_take, cpl_take;
  queued_t     arrival, p, np, cpl;

  assign rx_type = rx.header[127:120];
  assign is_posted = rx_type == MWR_3DW || rx_type == MWR_4DW;
  assign is_completion = rx_type == CPL || rx_type == CPLD;
  assign arrival = '{order: arrivals, posted: posted_arrivals, tlp: rx};
  always_ff @(posedge clk) begin
    arrivals <= reset ? '0 : arrivals + {15'd0, rx_valid};
    posted_arrivals <= reset ? '0 : posted_arrivals + {15'd0, rx_valid && is_posted};
  end

  port_fifo #(.WIDTH($bits(queued_t)), .CAPACITY(RECEIVE_PLACES)) posted (
    .clk, .reset, .can_send(), .send(rx_valid && is_posted), .send_data(arrival), .level(), .valid(p_valid), .head(p),
    .take(p_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(queued_t)), .CAPACITY(RECEIVE_PLACES)) non_posted (
    .clk, .reset, .can_send(), .send(rx_valid && !is_posted && !is_completion), .send_data(arrival), .level(),
    .valid(np_valid), .head(np), .take(np_take), .flush(1'b0)
  );
  port_fifo #(.WIDTH($bits(queued_t)), .CAPACITY(RECEIVE_PLACES)) completions (
    .clk, .reset, .can_send(), .send(rx_valid && is_completion), .send_data(arrival), .level(), .valid(cpl_valid),
    .head(cpl), .take(cpl_take), .flush(1'b0)
  );

  // MARK: Fields

  function automatic logic [2:0] attributes_of(input logic [127:0] header);
    attributes_of = {header[114], header[109:108]};
  endfunction
  // Tags of requests have their upper bits in dword 0 (2.2.6.2).
  function automatic logic [9:0] tag_of(input logic [127:0] header, input logic [7:0] low);
    tag_of = {header[119], header[115], low};
  endfunction
  function automatic logic [10:0] length_of(input logic [127:0] header);
    length_of = header[105:96] == 0 ? 11'd1024 : {1'b0, header[105:96]};
  endfunction
  function automatic logic [23:0] offset_of(input logic [127:0] header);
    offset_of = header[125] ? {header[23:2], 2'b00} : {header[55:34], 2'b00};
  endfunction
  function automatic logic [1:0] first_byte(input logic [3:0] enables);
    first_byte = enables[0] ? 2'd0 : enables[1] ? 2'd1 : enables[2] ? 2'd2 : enables[3] ? 2'd3 : 2'd0;
  endfunction
  // From the first to the last enabled byte, gaps included; 1 when none is enabled (2.3.1.1).
  function automatic logic [12:0] bytes_of(input target_read_t r);
    logic [3:0] final_be;
    final_be = r.length == 1 ? r.first_be : r.last_be;
    if (r.length == 1 && final_be == 0) bytes_of = 1;
    else begin
      bytes_of = 13'({r.length, 2'b00}) - 13'(first_byte(r.first_be))
        - (final_be[3] || final_be == 0 ? 13'd0 : final_be[2] ? 13'd1 : final_be[1] ? 13'd2 : 13'd3);
    end
  endfunction

  // MARK: State

  typedef enum logic [1:0] {SOURCE_COMPLETION, SOURCE_READ, SOURCE_WRITE} source_t;
  typedef struct packed {
    logic [15:0] target_order;
    // How many posted requests went on.
    logic [15:0] posted;
    logic [12:0] completion_sent;
    source_t     granted;
  } state_t;
  // A read that waits for data: bytes still to come, and the address of the next one.
  typedef struct packed {
    logic        active;
    logic        poisoned;
    logic [12:0] remaining;
    logic [6:0]  address;
  } outstanding_t;

  state_t       q, n;
  outstanding_t reads[TAGS], reads_next[TAGS];

  // MARK: Receive

  logic np_behind, cpl_behind;
  logic [9:0]  slot;
  logic [12:0] byte_count, dwords, bytes;
  logic [6:0]  lower_address, part_end;
  logic [2:0]  status;
  logic        is_expected, continues;

  // A posted request that waits holds up what came behind it, but for completions with Relaxed Ordering (2.4.1).
  task automatic receive_requests();
    logic p_first;
    write_request = '{order: n.target_order, offset: offset_of(p.tlp.header), length: length_of(p.tlp.header),
      first_be: p.tlp.header[67:64], last_be: p.tlp.header[71:68], payload: p.tlp.payload};
    read_request = '{order: n.target_order, offset: offset_of(np.tlp.header), length: length_of(np.tlp.header),
      first_be: np.tlp.header[67:64], last_be: np.tlp.header[71:68], requester: np.tlp.header[95:80],
      tag: tag_of(np.tlp.header, np.tlp.header[79:72]), traffic_class: np.tlp.header[118:116],
      attributes: attributes_of(np.tlp.header)};
    write_send = p_valid && writes_can_send;
    n.posted = n.posted + {15'd0, write_send};
    np_behind = $signed(n.posted - np.posted) < 0;
    cpl_behind = $signed(n.posted - cpl.posted) < 0 && !cpl.tlp.header[109];
    read_send = np_valid && reads_can_send && !np_behind;
    p_first = $signed(p.order - np.order) < 0;
    if (write_send && read_send) begin
      if (p_first) read_request.order = n.target_order + 16'd1;
      else write_request.order = n.target_order + 16'd1;
    end
    n.target_order = n.target_order + {15'd0, write_send} + {15'd0, read_send};
    {p_take, np_take} = {write_send, read_send};
  endtask

  // A completion is matched by requester ID and tag, and has to carry the next bytes of its request (2.3.2).
  task automatic receive_completion();
    logic [INDEX-1:0] index;
    slot = tag_of(cpl.tlp.header, cpl.tlp.header[47:40]) - (configuration.tag_limit >= 10'd768 ? 10'd256 : 10'd0);
    index = slot[INDEX-1:0];
    status = cpl.tlp.header[79:77];
    byte_count = cpl.tlp.header[75:64] == 0 ? 13'd4096 : {1'b0, cpl.tlp.header[75:64]};
    lower_address = cpl.tlp.header[38:32];
    dwords = 13'({length_of(cpl.tlp.header), 2'b00}) - 13'(lower_address[1:0]);
    bytes = byte_count < dwords ? byte_count : dwords;
    part_end = reads_next[index].address + 7'(bytes);
    is_expected = cpl.tlp.header[63:48] == configuration.function_id && slot < 10'(TAGS) && reads_next[index].active;
    continues = cpl.tlp.header[127:120] == CPLD && byte_count == reads_next[index].remaining
      && lower_address == reads_next[index].address && (bytes == byte_count || bytes != 0 && part_end[5:0] == 0);
    cpl_take = cpl_valid && !cpl_behind && (!is_expected || data_can_send);
    data.tag = slot;
    data.skip = lower_address[1:0];
    data.count = bytes;
    data.payload = cpl.tlp.payload;
    if (cpl_take && is_expected && status != 0) begin
      data_send = 1;
      {data.error, data.is_last, data.count} = {status == 3'd4 ? ERROR_COMPLETER_ABORT : ERROR_UNSUPPORTED, 1'b1, 13'd0};
      {reads_next[index].active, reads_next[index].remaining} = '0;
    end else if (cpl_take && is_expected && continues) begin
      if (cpl.tlp.header[110]) reads_next[index].poisoned = 1;
      data.is_last = bytes == reads_next[index].remaining;
      reads_next[index].remaining = reads_next[index].remaining - bytes;
      reads_next[index].address = part_end;
      if (data.is_last) reads_next[index].active = 0;
      // Behind poisoned data nothing is delivered, but the tag stays in use until the rest has come.
      data_send = !reads_next[index].poisoned || data.is_last;
      if (reads_next[index].poisoned) {data.error, data.count} = {ERROR_POISONED, 13'd0};
    end
  endtask

  // MARK: Transmit

  logic [12:0] sent, remaining, to_boundary, room, part, part_dwords;
  logic [23:0] part_address;

  // The next part of the answer at the head, cut at 128 bytes and MPS (2.3.1.1).
  task automatic transmit_completion();
    sent = n.completion_sent;
    part_address = {completion.offset[23:2], first_byte(completion.first_be)} + 24'(sent);
    remaining = bytes_of(completion) - sent;
    to_boundary = 13'(RCB) - {6'd0, part_address[6:0]};
    room = configuration.max_payload - 13'(part_address[1:0]);
    part = remaining <= room ? remaining : to_boundary + ((room - to_boundary) & ~13'(RCB - 1));
    part_dwords = (13'(part_address[1:0]) + part + 13'd3) >> 2;
    tx.header = {CPLD, completion.tag[9], completion.traffic_class, completion.tag[8], completion.attributes[2], 2'b00,
      2'b00, completion.attributes[1:0], 2'b00, part_dwords[9:0],
      configuration.function_id, 3'd0, 1'b0, remaining[11:0],
      completion.requester, completion.tag[7:0], 1'b0, part_address[6:0], 32'd0};
    tx.payload = buffer_data & ~({8*MAX_PAYLOAD{1'b1}} << {part_dwords, 5'd0});
    completion_take = part == remaining;
    n.completion_sent = completion_take ? 13'd0 : sent + part;
  endtask

  function automatic logic [127:0] read_header(input read_request_t r, input config_t c);
    logic [12:0] ends;
    logic [10:0] count;
    logic [9:0]  tag;
    logic [3:0]  from_first, to_last;
    logic [31:0] dword0, dword1;
    ends = 13'(r.address[1:0]) + r.length;
    count = 11'((ends + 13'd3) >> 2);
    tag = r.tag + (c.tag_limit >= 10'd768 ? 10'd256 : 10'd0);
    from_first = 4'hf << r.address[1:0];
    to_last = 4'hf >> (2'd3 - 2'(ends - 13'd1));
    dword0 = {r.address[63:32] == 0 ? MRD_3DW : MRD_4DW, tag[9], 3'd0, tag[8], 9'd0, count[9:0]};
    dword1 = {c.function_id, tag[7:0], ends <= 4 ? 4'd0 : to_last, ends <= 4 ? from_first & to_last : from_first};
    read_header = r.address[63:32] == 0 ? {dword0, dword1, r.address[31:2], 2'b00, 32'd0}
      : {dword0, dword1, r.address[63:2], 2'b00};
  endfunction

  // Bus Master Enable gates requests (7.5.1.1.3).
  task automatic transmit_read();
    logic [INDEX-1:0] index;
    index = request.tag[INDEX-1:0];
    request_take = 1;
    if (configuration.bus_master) begin
      reads_next[index] = '{active: 1, poisoned: 0, remaining: request.length, address: request.address[6:0]};
      tx_valid = 1;
      tx.header = read_header(request, configuration);
      tx.payload = '0;
    end else begin
      data_send = 1;
      data = '{tag: request.tag, error: ERROR_DISABLED, is_last: 1, default: '0};
    end
  endtask

  task automatic transmit_interrupt();
    interrupt_take = 1;
    tx_valid = configuration.bus_master && configuration.msi_enabled;
    tx.payload = (8*MAX_PAYLOAD)'(configuration.msi_data);
    tx.header = configuration.msi_address[63:32] == 0
      ? {MWR_3DW, 24'd1, configuration.function_id, 16'h000f, configuration.msi_address[31:2], 2'b00, 32'd0}
      : {MWR_4DW, 24'd1, configuration.function_id, 16'h000f, configuration.msi_address[63:2], 2'b00};
  endtask

  // One packet a cycle: a completion, a read or an interrupt, in turn; one whose class has no room does not stop the others.
  task automatic transmit();
    source_t source;
    logic    may_read, is_done;
    is_done = 0;
    source = q.granted;
    for (int turn = 0; turn < 3; turn++) begin
      source = source == SOURCE_WRITE ? SOURCE_COMPLETION : source_t'(source + 2'd1);
      may_read = configuration.bus_master ? tx_nonposted_ready : data_can_send && !data_send;
      if (!is_done && source == SOURCE_COMPLETION && completion_valid && tx_completion_ready) begin
        {is_done, tx_valid} = 2'b11;
        n.granted = source;
        transmit_completion();
      end else if (!is_done && source == SOURCE_READ && request_valid && may_read) begin
        is_done = 1;
        n.granted = source;
        transmit_read();
      end else if (!is_done && source == SOURCE_WRITE && interrupt_valid && tx_posted_ready) begin
        is_done = 1;
        n.granted = source;
        transmit_interrupt();
      end
    end
  endtask

  assign buffer_dword = 10'((24'({completion.offset[1:0], first_byte(completion.first_be)}) + 24'(q.completion_sent)) >> 2);

  always_comb begin
    n = q;
    reads_next = reads;
    {data_send, tx_valid, completion_take, request_take, interrupt_take} = '0;
    {data, tx} = '0;
    {sent, remaining, to_boundary, room, part, part_dwords, part_address} = '0;
    if (function_reset) begin
      for (int i = 0; i < TAGS; i++) {reads_next[i].active, reads_next[i].remaining} = '0;
      n.completion_sent = 0;
    end
    receive_requests();
    receive_completion();
    if (!function_reset) transmit();
  end

  always_ff @(posedge clk) begin
    q <= reset ? '0 : n;
    for (int i = 0; i < TAGS; i++) reads[i] <= reset ? '0 : reads_next[i];
  end
endmodule
