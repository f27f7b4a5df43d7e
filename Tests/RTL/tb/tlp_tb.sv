// The packets of a stimulus file beside the model of the scenario that it was made from: what a host's driver and monitor do
// with the scoreboard.
//
//   +stimulus=FILE  +scenario=FILE
//   +corrupt=N      packet N, from 0, comes from another function
//   +ignore=FIELDS  leave these fields out
module tlp_tb;
  import ubpfsim_pkg::*;

  string path, word;
  int file, number, dwords, bytes, corrupt = -1, packets = 0;
  longint unsigned cycle, period = 4000;
  logic [127:0] header;
  // No more than 8192 bits are read at once.
  logic [8191:0] payload;
  bit same = 1;
  ubpfsim_scoreboard scoreboard;

  task automatic read_parameter();
    longint unsigned value;
    number = $fscanf(file, "%s %d\n", word, value);
    if (word == "pcie_period_ps") period = value;
  endtask

  task automatic check_packet();
    number = $fscanf(file, "%d %d %h %d %h\n", cycle, dwords, header, bytes, payload);
    // Bit 16 of dword 1: Requester ID, or Completer ID.
    if (packets == corrupt) header[80] = !header[80];
    if (!scoreboard.check_tlp("link", 0, header, bytes, 32768'(payload), cycle * period)) same = 0;
    packets++;
  endtask

  initial begin
    if (!$value$plusargs("stimulus=%s", path)) $fatal(1, "found no +stimulus=FILE");
    file = $fopen(path, "r");
    if (file == 0) $fatal(1, "cannot open %s", path);
    void'($value$plusargs("corrupt=%d", corrupt));
    if (!$value$plusargs("scenario=%s", path)) $fatal(1, "found no +scenario=FILE");
    scoreboard = new;
    if (!scoreboard.open_scenario(path)) $fatal(1, "no model");
    if ($value$plusargs("ignore=%s", word)) begin
      if (!scoreboard.set_tlp_rules(0, word)) $fatal(1, "no such field");
    end
    while (!$feof(file)) begin
      number = $fscanf(file, "%s ", word);
      if (number != 1) break;
      if (word == "param") read_parameter();
      else if (word == "rx" || word == "ip") check_packet();
      else number = $fgets(word, file);
    end
    if (!scoreboard.finish()) same = 0;
    $display("%s", same ? "PASS" : "FAIL");
    $finish;
  end
endmodule
