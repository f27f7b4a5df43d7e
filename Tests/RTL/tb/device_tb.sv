// The device against the model's log of what it does with the same packets (specs/stimulus.md), cycle by cycle.
//
//   +stimulus=FILE   what the host sends, and how the function is configured
//   +expect=FILE     what the model sent and wrote
//   +dump=FILE       write a waveform, for `ubpf-sim check --dump`
//   +alone           compare nothing
module device_tb;
  timeunit 1ps;
  timeprecision 1ps;
  import device_pkg::*;

  localparam int RECEIVE_CYCLES = 2, DECODE_CYCLES = 1, READ_CYCLES = 2, TAGS = 32, START_CYCLES = 4,
    REQUEST_INTERVAL = 1, FINISH_CYCLES = 2, QUEUE_DEPTH = 1, SYNCHRONISER = 2;
  parameter bit MSI = 0;

  logic clk = 0, core_clk = 0, reset = 1, rx_valid = 0, tx_valid;
  tlp_t rx, tx;
  logic tx_ready[3];
  config_t configuration = '0, configuration_next = '0;
  logic configuration_changed = 0, function_reset = 0, changed_next = 0, reset_next = 0;
  logic ram_writes, window_writes;
  memory_request_t ram_write, window_write;

  ubpf_device #(
    .RECEIVE_CYCLES(RECEIVE_CYCLES), .DECODE_CYCLES(DECODE_CYCLES), .READ_CYCLES(READ_CYCLES), .TAGS(TAGS),
    .START_CYCLES(START_CYCLES), .REQUEST_INTERVAL(REQUEST_INTERVAL), .FINISH_CYCLES(FINISH_CYCLES),
    .QUEUE_DEPTH(QUEUE_DEPTH), .MSI(MSI), .SYNCHRONISER(SYNCHRONISER)
  ) device (
    .clk, .core_clk, .reset, .rx_valid, .rx, .tx_posted_ready(tx_ready[0]), .tx_nonposted_ready(tx_ready[1]),
    .tx_completion_ready(tx_ready[2]), .tx_valid, .tx, .configuration, .configuration_changed, .function_reset,
    .ram_writes, .ram_write, .window_writes, .window_write
  );

  // MARK: Files

  string path, word, name;
  int stimulus, expected, number;
  longint unsigned cycle = 0, end_cycle = 64'hffff_ffff_ffff_ffff, pcie_period = 4000, core_period = 5000, value;
  longint unsigned checks = 0;
  bit alone;
  int transmit_cycles = 2;

  // The next line of each file.
  string           next_word, want_word;
  longint unsigned next_cycle, want_cycle;

  task automatic check_parameter(input longint unsigned ours);
    if (value != ours) $fatal(1, "parameter %s: found %0d in the stimulus, expected %0d, as the device has it", name, value, ours);
  endtask

  task automatic read_parameter();
    number = $fscanf(stimulus, "%s %d\n", name, value);
    case (name)
      "pcie_period_ps": pcie_period = value;
      "core_period_ps": core_period = value;
      "transmit_cycles": transmit_cycles = int'(value);
      "receive_cycles": check_parameter(64'(RECEIVE_CYCLES));
      "decode_cycles": check_parameter(64'(DECODE_CYCLES));
      "read_cycles": check_parameter(64'(READ_CYCLES));
      "data_path": check_parameter(64'(DATA_PATH));
      "dma_tags": check_parameter(64'(TAGS));
      "dma_channels": check_parameter(1);
      "dma_start_cycles": check_parameter(64'(START_CYCLES));
      "dma_request_interval": check_parameter(64'(REQUEST_INTERVAL));
      "dma_finish_cycles": check_parameter(64'(FINISH_CYCLES));
      "queue_depth": check_parameter(64'(QUEUE_DEPTH));
      "synchroniser": check_parameter(64'(SYNCHRONISER));
      "msi": check_parameter(64'(MSI));
      "load_slots_per_cycle": check_parameter(1);
      default: ;
    endcase
  endtask

  task automatic read_stimulus();
    next_word = "none";
    while (!$feof(stimulus)) begin
      number = $fscanf(stimulus, "%s ", next_word);
      if (number != 1) next_word = "none";
      if (next_word == "param") read_parameter();
      else if (next_word == "#") number = $fgets(word, stimulus);
      else break;
    end
    next_cycle = end_cycle;
    if (next_word != "none") number = $fscanf(stimulus, "%d ", next_cycle);
  endtask

  task automatic read_expected();
    want_word = "none";
    while (!$feof(expected)) begin
      number = $fscanf(expected, "%s ", want_word);
      if (number != 1) want_word = "none";
      if (want_word == "#") number = $fgets(word, expected);
      else break;
    end
    want_cycle = 64'hffff_ffff_ffff_ffff;
    if (want_word != "none" && want_word != "mem") number = $fscanf(expected, "%d ", want_cycle);
  endtask

  // MARK: What the host does, told two cycles ahead: a packet takes one to the receive buffer

  int dwords, bytes, flag[7];
  logic [15:0] function_id, msi_data;
  logic [63:0] msi_address;
  logic [127:0] header;
  logic [8*MAX_PAYLOAD-1:0] payload;
  logic stalled[3], uses[3], uses_next[3], stalled_next[3];
  string class_name;

  task automatic read_packet(input int file);
    number = $fscanf(file, "%d %h %d ", dwords, header, bytes);
    if (bytes > MAX_PAYLOAD) $fatal(1, "found a payload of %0d bytes, expected at most %0d", bytes, MAX_PAYLOAD);
    number = $fscanf(file, "%h\n", payload);
  endtask

  task automatic apply();
    case (next_word)
      "rx": begin
        read_packet(stimulus);
        rx_valid <= 1;
        rx <= '{header: header, payload: payload};
      end
      "cfg": begin
        number = $fscanf(stimulus, "%h %d %d %d %d %d %h %h %d %d\n", function_id, flag[0], flag[1], flag[2], flag[3],
          flag[4], msi_address, msi_data, flag[5], flag[6]);
        configuration_next.function_id = function_id;
        configuration_next.msi_address = msi_address;
        configuration_next.msi_data = msi_data;
        {changed_next, reset_next} = {flag[5] != 0, flag[6] != 0};
        configuration_next.max_payload = 13'(flag[0]);
        configuration_next.max_read_request = 13'(flag[1]);
        configuration_next.tag_limit = 10'(flag[2]);
        configuration_next.bus_master = flag[3] != 0;
        configuration_next.msi_enabled = flag[4] != 0;
      end
      "use": begin
        number = $fscanf(stimulus, "%s\n", class_name);
        uses_next[class_name == "p" ? 0 : class_name == "n" ? 1 : 2] = 1;
      end
      "stall": begin
        number = $fscanf(stimulus, "%d %d %d\n", flag[0], flag[1], flag[2]);
        for (int i = 0; i < 3; i++) stalled_next[i] = flag[i] != 0;
      end
      "end": begin
        number = $fgets(word, stimulus);
        end_cycle = next_cycle;
      end
      default: number = $fgets(word, stimulus);
    endcase
  endtask

  // MARK: The transmit queues: a place is free again when the host has taken its packet

  // By class: when the host may take each packet, around a ring of 64.
  longint unsigned due[192];
  int first[3], level[3];

  function automatic int class_of(input logic [7:0] kind);
    class_of = kind == MWR_3DW || kind == MWR_4DW ? 0 : kind == CPL || kind == CPLD ? 2 : 1;
  endfunction

  task automatic put(input int of_class);
    due[64*of_class+(first[of_class]+level[of_class])%64] = cycle + 64'(transmit_cycles);
    level[of_class] = level[of_class] + 1;
  endtask

  task automatic move_queues();
    for (int i = 0; i < 3; i++) begin
      if (level[i] != 0 && due[64*i+first[i]] <= cycle && !stalled[i]) begin
        first[i] = (first[i] + 1) % 64;
        level[i] = level[i] - 1;
      end
      if (uses[i]) put(i);
    end
    if (tx_valid) put(class_of(tx.header[127:120]));
  endtask

  always_comb begin
    // An error message of the PCI Express block is sent in the stead of a packet of the device.
    for (int i = 0; i < 3; i++) tx_ready[i] = room[i] > (uses[i] ? 1 : 0) && !uses[0];
  end
  int room[3];

  // MARK: Comparison

  task automatic differ(input string text);
    $fatal(1, "cycle %0d (%0d ps): %s", cycle, cycle * pcie_period, text);
  endtask

  task automatic check_transmission();
    if (want_word != "tx" || want_cycle > cycle) begin
      differ($sformatf("found the packet %032x of the device, expected none: the model's next is %s at cycle %0d",
                       tx.header, want_word, want_cycle));
    end
    read_packet(expected);
    if (header != tx.header) differ($sformatf("packet header: found %032x, expected %032x", tx.header, header));
    if (payload != tx.payload) differ($sformatf("packet %032x: found payload %0x, expected %0x", header, tx.payload, payload));
    checks++;
    read_expected();
  endtask

  logic [31:0] enable;
  logic [63:0] low_data, low_mask, address;
  task automatic check_write(input string memory, input memory_request_t write);
    if (want_word != memory || want_cycle > cycle) begin
      differ($sformatf("found a write of %s at 0x%06x, expected none: the model's next is %s at cycle %0d", memory,
                       write.address, want_word, want_cycle));
    end
    number = $fscanf(expected, "%h %h %h\n", address, enable, low_data);
    if (24'(address) != write.address) differ($sformatf("write of %s: found address 0x%06x, expected 0x%06x", memory, write.address, address));
    if (enable != write.enable) differ($sformatf("write of %s at 0x%06x: found byte enables %08x, expected %08x", memory, address, write.enable, enable));
    for (int i = 0; i < 8; i++) low_mask[8*i+:8] = {8{enable[i]}};
    if (((low_data ^ write.data[63:0]) & low_mask) != 0) differ($sformatf("write of %s at 0x%06x: found data %016x, expected %016x", memory, address, write.data[63:0], low_data));
    checks++;
    read_expected();
  endtask

  // Every word of device RAM and window that is not zero, at the end.
  task automatic check_memory();
    logic [63:0] want, found;
    longint unsigned words, ours;
    {words, ours} = '0;
    while (want_word == "mem") begin
      number = $fscanf(expected, "%h %h\n", address, want);
      found = address < 64'(P2P) ? device.ram.cells[address[22:3]] : device.window.cells[address[22:3]];
      if (found != want) differ($sformatf("memory at 0x%06x at the end: found %016x, expected %016x", address, found, want));
      words++;
      read_expected();
    end
    for (int i = 0; i < 1 << 20; i++) begin
      if (device.ram.cells[i] != 0) ours++;
      if (device.window.cells[i] != 0) ours++;
    end
    if (ours != words) differ($sformatf("found %0d words of memory that are not zero, expected %0d", ours, words));
    checks += words;
  endtask

  initial begin
    for (int i = 0; i < 3; i++) begin
      {stalled[i], uses[i], uses_next[i], stalled_next[i]} = '0;
      {room[i], first[i], level[i]} = {32'd4, 32'd0, 32'd0};
    end
    if (!$value$plusargs("stimulus=%s", path)) $fatal(1, "found no +stimulus=FILE");
    stimulus = $fopen(path, "r");
    if (stimulus == 0) $fatal(1, "cannot open %s", path);
    alone = $test$plusargs("alone") != 0;
    if (!alone) begin
      if (!$value$plusargs("expect=%s", path)) $fatal(1, "found no +expect=FILE");
      expected = $fopen(path, "r");
      if (expected == 0) $fatal(1, "cannot open %s", path);
      read_expected();
    end
    if ($value$plusargs("dump=%s", path)) begin
      $dumpfile(path);
      $dumpvars(1, device_tb);
    end
    read_stimulus();
    // Edge 0 of both clocks, which no simulator sees at time 0.
    #1000;
    fork
      forever begin
        clk = 1;
        #(pcie_period / 2) clk = 0;
        #(pcie_period - pcie_period / 2);
      end
      forever begin
        core_clk = 1;
        #(core_period / 2) core_clk = 0;
        #(core_period - core_period / 2);
      end
    join
  end

  always @(posedge clk) begin
    // What happens at this edge.
    if (!reset && !alone) begin
      if (tx_valid) check_transmission();
      if (ram_writes) check_write("ram", ram_write);
      if (window_writes) check_write("win", window_write);
      if (want_cycle <= cycle) begin
        number = $fgets(word, expected);
        differ($sformatf("found nothing of the device, expected %s %s", want_word, word));
      end
    end
    move_queues();
    for (int i = 0; i < 3; i++) room[i] <= 4 + transmit_cycles - level[i];
    // What is to happen at the next one.
    configuration <= configuration_next;
    {configuration_changed, function_reset} <= {changed_next, reset_next};
    {changed_next, reset_next} = '0;
    for (int i = 0; i < 3; i++) begin
      uses[i] <= uses_next[i];
      stalled[i] <= stalled_next[i];
      uses_next[i] = 0;
    end
    // And at the one after.
    rx_valid <= 0;
    while (next_word != "none" && next_cycle <= cycle + 2) begin
      apply();
      read_stimulus();
    end
    if (cycle >= end_cycle) begin
      if (!alone) begin
        check_memory();
        if (checks == 0) $fatal(1, "nothing was compared");
        $display("SAME: %0d packets and writes in %0d cycles", checks, cycle);
      end
      $finish;
    end
    reset <= cycle < 8;
    cycle <= cycle + 1;
  end
endmodule
