// classic5 in lock-step with the model.
//
//   +program=FILE   raw slots, 8 bytes each
//   +data=FILE      what lies in DATA
//   +scenario=FILE  compare with this scenario, to the cycle; else with the program alone
//   +cycles         compare pc and registers too, in each cycle, with a model of the scenario that goes with the clock
//   +alone          without the model, to see what that costs
//   +commits=FILE   write the commit log (specs/commit-log.md)
//   +dump=FILE      write a waveform, for `ubpf-sim check --dump`
//   +helper=VALUE   helper functions return that (decimal), and the model takes it over
//   +limit=N        give up after so many cycles
module classic5_tb;
  timeunit 1ps; timeprecision 1ps;
  import ubpfsim_pkg::*;

  localparam logic [63:0] DATA_BASE = 64'h40_0000, STACK_BASE = 64'h100_0000;
  localparam int STACK_SIZE = 4096, DATA_SIZE = 1 << 20, TEXT_SLOTS = 65536;

  logic clk = 0, reset = 1, start = 0, running;
  logic [16:0] fetch_pc, commit_pc;
  logic [63:0] fetch_word, mem_address, mem_wdata, mem_rdata, commit_insn, commit_address, commit_ldata, commit_sdata;
  logic [3:0] mem_size, commit_size;
  logic mem_read, mem_write, commit_valid, commit_load, commit_store;
  logic [2:0] commit_fault;
  logic [10:0] commit_wmask;
  logic [703:0] commit_registers;
  logic helper_call, helper_asked = 0, helper_done = 0;
  logic [31:0] helper_number;

  logic [63:0] text[TEXT_SLOTS];
  logic [7:0] data[DATA_SIZE];
  logic [7:0] stack[STACK_SIZE];
  int text_count = 0, data_count = 0;

  classic5 core (
    .clk, .reset, .start, .entry(17'd0), .r1(data_count == 0 ? 64'd0 : DATA_BASE), .r2(64'(data_count)), .running, .ends(),
    .text_count(17'(text_count)), .fetch_pc, .fetch_word, .data_base(DATA_BASE), .data_size(64'(data_count)),
    .program_size(64'd0), .program_constants(64'd0), .mem_read, .mem_write, .mem_address, .mem_size, .mem_wdata,
    .mem_rdata, .helper_call, .helper_number, .helper_done, .helper_unknown(!answers), .helper_exits(1'b0),
    .helper_value(answer), .commit_valid, .commit_pc, .commit_insn, .commit_fault, .commit_wmask, .commit_registers, .commit_load,
    .commit_store, .commit_size, .commit_address, .commit_ldata, .commit_sdata
  );

  assign fetch_word = fetch_pc < 17'(TEXT_SLOTS) ? text[fetch_pc[15:0]] : 64'd0;

  always_comb begin
    mem_rdata = 0;
    for (int i = 0; i < 8; i++) begin
      if (i < int'(mem_size)) begin
        mem_rdata[8*i+:8] = mem_address >= STACK_BASE ? stack[(mem_address[11:0] + 12'(i))] : data[mem_address[19:0] + 20'(i)];
      end
    end
  end

  always_ff @(posedge clk) begin
    for (int i = 0; i < 8; i++) begin
      if (mem_write && i < int'(mem_size)) begin
        if (mem_address >= STACK_BASE) stack[mem_address[11:0] + 12'(i)] <= mem_wdata[8*i+:8];
        else data[mem_address[19:0] + 20'(i)] <= mem_wdata[8*i+:8];
      end
    end
  end

  // With +helper=VALUE each helper function returns that, and the model, which has functions of its own, is given it; without,
  // none is known. Either takes the helper unit two cycles.
  bit answers = 0;
  longint unsigned answer = 0;
  always_ff @(posedge clk) {helper_done, helper_asked} <= {helper_asked, helper_call};

  function automatic string fault_name(input logic [2:0] fault);
    case (fault)
      0: fault_name = "";
      1: fault_name = "loadOutOfBounds";
      2: fault_name = "storeOutOfBounds";
      3: fault_name = "misalignedAtomic";
      4: fault_name = "callDepth";
      5: fault_name = "unknownHelper";
      6: fault_name = "invalidInstruction";
      default: fault_name = "unknown";
    endcase
  endfunction

  string program_path, data_path, scenario_path, commits_path, dump_path;
  int file, log = 0;
  longint unsigned cycle = 0, limit = 10_000_000, order = 0;
  bit opened, alone, same = 1;
  ubpfsim_scoreboard scoreboard;

  function automatic void load_files();
    int byte_read;
    if (!$value$plusargs("program=%s", program_path)) $fatal(1, "found no +program=FILE");
    file = $fopen(program_path, "r");
    if (file == 0) $fatal(1, "cannot open %s", program_path);
    byte_read = $fgetc(file);
    while (byte_read >= 0) begin
      text[text_count/8][8*(text_count%8)+:8] = byte_read[7:0];
      text_count++;
      byte_read = $fgetc(file);
    end
    $fclose(file);
    text_count = text_count / 8;
    if ($value$plusargs("data=%s", data_path)) begin
      file = $fopen(data_path, "r");
      if (file == 0) $fatal(1, "cannot open %s", data_path);
      byte_read = $fgetc(file);
      while (byte_read >= 0) begin
        data[data_count] = byte_read[7:0];
        data_count++;
        byte_read = $fgetc(file);
      end
      $fclose(file);
    end
  endfunction

  function automatic void write_line();
    $fwrite(log, "core0 run0 #%0d pc=0x%04x insn=0x%016x", order, commit_pc, commit_insn);
    if (commit_fault != 0) $fwrite(log, " fault=%s", fault_name(commit_fault));
    for (int i = 0; i < 11; i++) if (commit_wmask[i]) $fwrite(log, " r%0d=0x%0x", i, commit_registers[64*i+:64]);
    if (commit_load) $fwrite(log, " ld%0d 0x%0x=0x%0x", commit_size, commit_address, commit_ldata);
    if (commit_store) $fwrite(log, " st%0d 0x%0x=0x%0x", commit_size, commit_address, commit_sdata);
    $fwrite(log, " ; c=%0d t=%0dps\n", cycle, 5000 * cycle);
  endfunction

  // The second model, at the edge whose result the next posedge shows.
  ubpfsim_scoreboard watched;
  bit watches = 0;
  int since_start = 0, pc_signal, register_signals[11];
  longint unsigned watched_time = 0, watched_cycles = 0;
  localparam longint unsigned PERIOD = 5000, MODEL_RUNS = 2;

  // Up to the edge at which the model's core begins to run.
  function automatic void open_watched();
    int phase;
    bit goes_on;
    watched = new;
    if (!watched.open_scenario(scenario_path)) $fatal(1, "no model to watch");
    phase = watched.find_signal("device.core.phase");
    pc_signal = watched.find_signal("device.core.pc");
    for (int i = 0; i < 11; i++) register_signals[i] = watched.find_signal($sformatf("device.core.r%0d", i));
    goes_on = 1;
    while (goes_on && watched.read_signal(phase) != MODEL_RUNS) begin
      watched_time += PERIOD;
      goes_on = watched.run_until(watched_time);
    end
  endfunction

  function automatic bit check_cycle();
    check_cycle = watched.check_signal(pc_signal, 64'(core.pc), '1);
    for (int i = 0; i < 11; i++) begin
      if (!watched.check_signal(register_signals[i], core.registers[i], '1)) check_cycle = 0;
    end
    watched_cycles++;
    watched_time += PERIOD;
    void'(watched.run_until(watched_time));
  endfunction

  function automatic bit check_commit();
    check_commit = scoreboard.check(64'(commit_pc), commit_insn, fault_name(commit_fault), 32'(commit_wmask),
                                    commit_registers, commit_load, commit_store, 32'(commit_size), commit_address,
                                    commit_ldata, commit_sdata, cycle);
  endfunction

  // A call of a helper is CALL but for source 1, a local one.
  function automatic bit check_helper_call();
    longint unsigned stored;
    scoreboard.mask_register(0, 0);
    check_helper_call = check_commit();
    scoreboard.mask_register(0, '1);
    if (!scoreboard.set_register(0, answer)) check_helper_call = 0;
    if (scoreboard.get_register(0) != answer) check_helper_call = 0;
    // A helper that fills a buffer would leave other bytes there.
    stored = scoreboard.read_memory(STACK_BASE, 8);
    if (!scoreboard.write_memory(STACK_BASE, 8, answer)) check_helper_call = 0;
    if (scoreboard.read_memory(STACK_BASE, 8) != answer) check_helper_call = 0;
    if (!scoreboard.write_memory(STACK_BASE, 8, stored)) check_helper_call = 0;
  endfunction

  initial begin
    for (int i = 0; i < TEXT_SLOTS; i++) text[i] = 0;
    for (int i = 0; i < DATA_SIZE; i++) data[i] = 0;
    for (int i = 0; i < STACK_SIZE; i++) stack[i] = 0;
    load_files();
    if ($value$plusargs("commits=%s", commits_path)) log = $fopen(commits_path, "w");
    if ($value$plusargs("dump=%s", dump_path)) begin
      $dumpfile(dump_path);
      $dumpvars(0, core);
    end
    void'($value$plusargs("limit=%d", limit));
    answers = $value$plusargs("helper=%d", answer) != 0;
    alone = $test$plusargs("alone") != 0;
    scoreboard = new;
    if (alone) begin
      opened = 1;
    end else if ($value$plusargs("scenario=%s", scenario_path)) begin
      opened = scoreboard.open_scenario(scenario_path);
      if (opened) scoreboard.compare_cycles(0);
      watches = $test$plusargs("cycles") != 0;
      if (watches) open_watched();
    end else begin
      opened = scoreboard.open_program(program_path, data_path);
    end
    if (!opened) $fatal;
  end

  // The period of the model's core clock.
  always #2500 clk = !clk;

  always @(posedge clk) begin
    cycle <= cycle + 1;
    reset <= cycle < 2;
    start <= cycle == 3;
    if (start) since_start <= 1;
    else if (since_start == 1) since_start <= 2;
    if (watches && since_start == 2 && running) begin
      if (!check_cycle()) same = 0;
    end
    if (commit_valid) begin
      if (log != 0) write_line();
      // Nested: simulators may call a function whose result does not matter.
      if (!alone) begin
        if (answers && commit_insn[7:0] == 8'h85 && commit_insn[15:12] != 1) begin
          if (!check_helper_call()) same = 0;
        end else begin
          if (!check_commit()) same = 0;
        end
      end
      order <= order + 1;
    end
    if (cycle > 6 && !running || cycle > limit || !same) begin
      if (cycle > limit) $display("classic5_tb: no end after %0d cycles", limit);
      if (log != 0) $fclose(log);
      if (same && !alone) same = scoreboard.finish();
      $display("classic5_tb: %0d cycles", cycle);
      if (watches) $display("classic5_tb: %0d cycles compared", watched_cycles);
      if (same && cycle <= limit) $display("PASS");
      else $display("FAIL");
      $finish;
    end
  end
endmodule
