// The model of the 1de5:3000 device in a test bench: what libubpfsim offers, and a scoreboard for a core.
//
// Compile it with ubpfsim_dpi.c and link with libubpfsim (pkg-config ubpfsim).
package ubpfsim_pkg;

  // Results of comparisons, as in ubpfsim.h.
  localparam int UBPFSIM_OK = 0, UBPFSIM_DIFFERENT = 1, UBPFSIM_INVALID = 2, UBPFSIM_FAULT = 3, UBPFSIM_END = 4;

  // Parts of a commit that a comparison may leave out.
  localparam longint unsigned IGNORE_PC = 1, IGNORE_INSTRUCTION = 2, IGNORE_FAULT = 4, IGNORE_LOADS = 8, IGNORE_STORES = 16,
    IGNORE_PLACE = 32;

  import "DPI-C" function chandle ubpfsim_sv_open_scenario(input string path);
  import "DPI-C" function chandle ubpfsim_sv_open_program(input string program_path, input string data_path);
  import "DPI-C" function void ubpfsim_sv_close(input chandle handle);
  import "DPI-C" function string ubpfsim_sv_message(input chandle handle);
  import "DPI-C" function string ubpfsim_sv_difference(input chandle handle, input longint unsigned index);
  // kind: 0 commits, 1 TLPs, 2 differences
  import "DPI-C" function longint unsigned ubpfsim_sv_count(input chandle handle, input int kind);
  import "DPI-C" function void ubpfsim_sv_ignore(input chandle handle, input longint unsigned parts);
  import "DPI-C" function void ubpfsim_sv_mask_register(input chandle handle, input int index, input longint unsigned mask);
  import "DPI-C" function void ubpfsim_sv_tolerate(input chandle handle, input longint unsigned cycles,
                                                   input longint unsigned picoseconds);
  import "DPI-C" function int ubpfsim_sv_check_commit(
    input chandle handle, input int unsigned run, input longint unsigned order, input longint unsigned pc,
    input longint unsigned instruction, input string fault, input int unsigned written, input bit [703:0] registers,
    input bit is_load, input bit is_store, input int unsigned size, input longint unsigned address,
    input longint unsigned loaded, input longint unsigned stored, input longint unsigned cycle);
  import "DPI-C" function int ubpfsim_sv_check_tlp(
    input chandle handle, input string link, input bit is_up, input bit [127:0] header, input int unsigned payload_bytes,
    input bit [32767:0] payload, input longint unsigned picoseconds);
  import "DPI-C" function int ubpfsim_sv_set_tlp_rules(input chandle handle, input bit by_class, input string ignored);
  import "DPI-C" function int ubpfsim_sv_run_until(input chandle handle, input longint unsigned picoseconds);
  // -1 when there is no such signal
  import "DPI-C" function int ubpfsim_sv_find_signal(input chandle handle, input string path);
  import "DPI-C" function longint unsigned ubpfsim_sv_read_signal(input chandle handle, input int signal);
  import "DPI-C" function int ubpfsim_sv_check_signal(input chandle handle, input int signal, input longint unsigned value,
                                                      input longint unsigned mask);
  import "DPI-C" function longint unsigned ubpfsim_sv_get_register(input chandle handle, input int index);
  import "DPI-C" function int ubpfsim_sv_set_register(input chandle handle, input int index, input longint unsigned value);
  import "DPI-C" function longint unsigned ubpfsim_sv_read_memory(input chandle handle, input longint unsigned address,
                                                                  input int unsigned size);
  import "DPI-C" function int ubpfsim_sv_write_memory(input chandle handle, input longint unsigned address,
                                                      input int unsigned size, input longint unsigned value);
  import "DPI-C" function int ubpfsim_sv_finish(input chandle handle);

  // Compares each instruction that a core retires, and each TLP that a device sends or receives, with the model's next one,
  // and shows the first differences.
  class ubpfsim_scoreboard;
    chandle handle;
    // The run of the core, and the instruction in it.
    int unsigned run;
    longint unsigned order;
    // How many differences are printed.
    int unsigned shown = 3;
    // What cycles and times may differ by; all ones compares none.
    longint unsigned cycle_tolerance = '1;
    longint unsigned time_tolerance = '1;

    // The model of a whole scenario, which knows how many cycles each instruction takes.
    function bit open_scenario(string path);
      handle = ubpfsim_sv_open_scenario(path);
      if (handle == null) $display("ubpfsim: %s", ubpfsim_sv_message(handle));
      return handle != null;
    endfunction

    // The model of a core alone, without timing. An empty path of data means none.
    function bit open_program(string program_path, string data_path);
      handle = ubpfsim_sv_open_program(program_path, data_path);
      if (handle == null) $display("ubpfsim: %s", ubpfsim_sv_message(handle));
      return handle != null;
    endfunction

    // Compares the cycles since the first instruction of a run too; so many may be more or less.
    function void compare_cycles(longint unsigned tolerance);
      cycle_tolerance = tolerance;
      ubpfsim_sv_tolerate(handle, cycle_tolerance, time_tolerance);
    endfunction

    // Compares the time since the first TLP of a direction too; so many picoseconds may be more or less.
    function void compare_times(longint unsigned tolerance);
      time_tolerance = tolerance;
      ubpfsim_sv_tolerate(handle, cycle_tolerance, time_tolerance);
    endfunction

    // The design retired an instruction. Of `registers` only those count whose bits in `written` are set; r0 is lowest.
    // Returns whether the model did the same.
    function bit check(longint unsigned pc, longint unsigned instruction, string fault, int unsigned written,
                       bit [703:0] registers, bit is_load, bit is_store, int unsigned size, longint unsigned address,
                       longint unsigned loaded, longint unsigned stored, longint unsigned cycle);
      int status;
      status = ubpfsim_sv_check_commit(handle, run, order, pc, instruction, fault, written, registers, is_load, is_store,
                                       size, address, loaded, stored, cycle);
      order++;
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // A TLP went over `link`, to the host when `is_up`. A link may be the name of a device: what passes between its PCI Express
    // block and the user logic behind it. Dword 0 of the header is uppermost, whether it has 3 dwords or 4; the
    // first byte of the payload is lowest. The time is that of its first byte. Only scenarios have links. Returns whether the
    // model's next TLP there is the same.
    function bit check_tlp(string link, bit is_up, bit [127:0] header, int unsigned payload_bytes, bit [32767:0] payload,
                           longint unsigned picoseconds);
      int status;
      status = ubpfsim_sv_check_tlp(handle, link, is_up, header, payload_bytes, payload, picoseconds);
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // What counts from now on when TLPs are compared. By class, posted requests, non-posted ones and completions are each in
    // their own order. Fields that do not count have their names in logs, as in "tag attr". Returns whether there are such.
    function bit set_tlp_rules(bit by_class, string ignored);
      int status;
      status = ubpfsim_sv_set_tlp_rules(handle, by_class, ignored);
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // Lets a scenario go on until this time, for lock-step by the cycle. Returns whether it goes on behind it.
    function bit run_until(longint unsigned picoseconds);
      int status;
      status = ubpfsim_sv_run_until(handle, picoseconds);
      if (status != UBPFSIM_OK && status != UBPFSIM_END) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // The number of a flip-flop of the model, by its path in waveforms, as in "device.core.memory.result"; -1 without one.
    function int find_signal(string path);
      find_signal = ubpfsim_sv_find_signal(handle, path);
      if (find_signal < 0) show(UBPFSIM_INVALID);
    endfunction

    // What a flip-flop of the model holds at the time that `run_until` came to; 0 when there is none.
    function longint unsigned read_signal(int signal);
      read_signal = ubpfsim_sv_read_signal(handle, signal);
    endfunction

    // Whether a flip-flop of the model has this value at the time that `run_until` came to, in the bits of the mask.
    function bit check_signal(int signal, longint unsigned value, longint unsigned mask);
      int status;
      status = ubpfsim_sv_check_signal(handle, signal, value, mask);
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // Leaves parts of commits out of comparisons from now on: IGNORE_PC and its like, added up.
    function void ignore(longint unsigned parts);
      ubpfsim_sv_ignore(handle, parts);
    endfunction

    // Compares only these bits of what is written to a register from now on.
    function void mask_register(int index, longint unsigned mask);
      ubpfsim_sv_mask_register(handle, index, mask);
    endfunction

    // A register of the model of a program between two instructions; 0 of one that there is not.
    function longint unsigned get_register(int index);
      return ubpfsim_sv_get_register(handle, index);
    endfunction

    // Gives the model of a program the value that the design chose, such as the result of a helper that counts time, once the
    // instruction has been checked without it. Returns whether the model has such a register.
    function bit set_register(int index, longint unsigned value);
      int status;
      status = ubpfsim_sv_set_register(handle, index, value);
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    // Memory of the model of a program, 1 to 8 bytes as a little-endian number; 0 where there is none.
    function longint unsigned read_memory(longint unsigned address, int unsigned size);
      if (!is_word(size)) return 0;
      return ubpfsim_sv_read_memory(handle, address, size);
    endfunction

    // Gives the model of a program bytes that the design chose. Returns whether the model has memory there.
    function bit write_memory(longint unsigned address, int unsigned size, longint unsigned value);
      int status;
      if (!is_word(size)) return 0;
      status = ubpfsim_sv_write_memory(handle, address, size, value);
      if (status != UBPFSIM_OK) show(status);
      return status == UBPFSIM_OK;
    endfunction

    function bit is_word(int unsigned size);
      is_word = size >= 1 && size <= 8;
      if (!is_word) $display("ubpfsim: found %0d bytes, expected 1 to 8", size);
    endfunction

    // The core's run is over: its next instruction belongs to the next one.
    function void end_run();
      run++;
      order = 0;
    endfunction

    // The design has ended. Returns whether all was the same, and something was compared.
    function bit finish();
      int status;
      longint unsigned known;
      known = ubpfsim_sv_count(handle, 2);
      status = ubpfsim_sv_finish(handle);
      if (status == UBPFSIM_DIFFERENT) begin
        for (longint unsigned i = known; i < ubpfsim_sv_count(handle, 2); i++) show_difference(i);
      end else if (status != UBPFSIM_OK) show(status);
      $display("ubpfsim: %0d instructions compared, %0d TLPs, %0d differences", ubpfsim_sv_count(handle, 0),
               ubpfsim_sv_count(handle, 1), ubpfsim_sv_count(handle, 2));
      finish = status == UBPFSIM_OK && ubpfsim_sv_count(handle, 2) == 0;
      ubpfsim_sv_close(handle);
      handle = null;
    endfunction

    // The latest difference, or why there is no result.
    function void show(int status);
      longint unsigned known;
      known = ubpfsim_sv_count(handle, 2);
      if (status == UBPFSIM_DIFFERENT) show_difference(known - 1);
      else if (known < 64'(shown)) $display("ubpfsim: %s", ubpfsim_sv_message(handle));
    endfunction

    function void show_difference(longint unsigned index);
      if (index < 64'(shown)) $display("ubpfsim: %s", ubpfsim_sv_difference(handle, index));
    endfunction
  endclass
endpackage
