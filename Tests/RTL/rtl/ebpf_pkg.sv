// The instruction set (RFC 9669) as combinational logic: what an opcode needs, the arithmetic unit, conditions, loads, atomics.
package ebpf_pkg;

  // What a pipeline needs to know of an opcode.
  typedef struct packed {
    logic       valid;
    logic       reads_dst;
    logic       reads_src;
    logic       writes_dst;
    logic       is_alu;
    logic       is_multiply;
    logic       is_divide;
    logic       is_load;
    logic       is_store;
    logic       is_atomic;
    logic       is_branch;
    logic       is_jump;
    logic       is_call;
    logic       is_indirect;
    logic       is_exit;
    logic       is_wide;
    logic       uses_immediate;
    logic [3:0] size;
  } traits_t;

  localparam logic [7:0] OP_LDDW = 8'h18, OP_JA = 8'h05, OP_JA32 = 8'h06;
  localparam logic [7:0] OP_CALL = 8'h85, OP_CALLX = 8'h8d, OP_EXIT = 8'h95;

  // Field sz, bits 4:3 of a load or store opcode (section 5).
  function automatic logic [3:0] access_size(input logic [7:0] opcode);
    case (opcode[4:3])
      2'd0: access_size = 4'd4;
      2'd1: access_size = 4'd2;
      2'd2: access_size = 4'd1;
      default: access_size = 4'd8;
    endcase
  endfunction

  function automatic traits_t traits_of(input logic [7:0] opcode);
    traits_t t;
    logic has_register;
    t = '0;
    has_register = opcode[3];
    case (opcode[2:0])
      // LD: only LDDW.
      3'd0: if (opcode == OP_LDDW) begin
        t.valid = 1; t.is_wide = 1; t.writes_dst = 1; t.uses_immediate = 1;
      end
      // LDX: MEM and MEMSX.
      3'd1: if (opcode[7:5] == 3'd3 || (opcode[7:5] == 3'd4 && opcode[4:3] != 2'd3)) begin
        t.valid = 1; t.is_load = 1; t.reads_src = 1; t.writes_dst = 1; t.size = access_size(opcode);
      end
      // ST and STX; atomics are STX of 4 or 8 bytes.
      3'd2, 3'd3: begin
        if (opcode[7:5] == 3'd3) begin
          t.valid = 1; t.is_store = 1; t.reads_dst = 1; t.size = access_size(opcode);
          if (opcode[0]) t.reads_src = 1; else t.uses_immediate = 1;
        end else if (opcode[7:5] == 3'd6 && opcode[0] && (opcode[4:3] == 2'd0 || opcode[4:3] == 2'd3)) begin
          t.valid = 1; t.is_atomic = 1; t.reads_dst = 1; t.reads_src = 1; t.size = access_size(opcode);
        end
      end
      // ALU32 and ALU64.
      3'd4, 3'd7: begin
        t.valid = 1; t.is_alu = 1; t.writes_dst = 1; t.reads_dst = 1;
        if (has_register) t.reads_src = 1; else t.uses_immediate = 1;
        case (opcode[7:4])
          4'h2: t.is_multiply = 1;
          4'h3, 4'h9: t.is_divide = 1;
          // NEG has one operand.
          4'h8: begin
            t.uses_immediate = 0;
            if (has_register) t = '0;
          end
          // MOV does not read its destination.
          4'hb: t.reads_dst = 0;
          // Byte swaps take a width from the immediate, whatever the source bit says.
          4'hd: begin
            t.reads_src = 0; t.uses_immediate = 1;
            if (opcode[2:0] == 3'd7 && has_register) t = '0;
          end
          4'he, 4'hf: t = '0;
          default: ;
        endcase
      end
      // JMP and JMP32.
      default: begin
        case (opcode[7:4])
          4'h0: if (!has_register) begin t.valid = 1; t.is_jump = 1; end
          4'h8: if (opcode[2:0] == 3'd5) begin
            t.valid = 1; t.is_call = 1; t.is_indirect = has_register; t.reads_dst = has_register;
          end
          4'h9: if (opcode == OP_EXIT) begin t.valid = 1; t.is_exit = 1; end
          4'he, 4'hf: ;
          default: begin
            t.valid = 1; t.is_branch = 1; t.reads_dst = 1;
            if (has_register) t.reads_src = 1; else t.uses_immediate = 1;
          end
        endcase
      end
    endcase
    traits_of = t;
  endfunction

  function automatic logic [63:0] bytes_swapped(input logic [63:0] x, input logic [31:0] width);
    case (width)
      32'd16: bytes_swapped = {48'd0, x[7:0], x[15:8]};
      32'd32: bytes_swapped = {32'd0, x[7:0], x[15:8], x[23:16], x[31:24]};
      32'd64: bytes_swapped = {x[7:0], x[15:8], x[23:16], x[31:24], x[39:32], x[47:40], x[55:48], x[63:56]};
      default: bytes_swapped = x;
    endcase
  endfunction

  // Division as section 4.1 wants it: by zero gives zero and leaves the dividend as the rest; by -1 it is a negation.
  function automatic logic [63:0] divided(input logic [63:0] a, input logic [63:0] b, input logic is_signed,
                                          input logic wants_rest);
    logic negative_a, negative_b;
    logic [63:0] magnitude_a, magnitude_b, quotient, rest;
    negative_a = is_signed && a[63];
    negative_b = is_signed && b[63];
    magnitude_a = negative_a ? -a : a;
    magnitude_b = negative_b ? -b : b;
    quotient = b == 0 ? 64'd0 : magnitude_a / magnitude_b;
    rest = b == 0 ? magnitude_a : magnitude_a % magnitude_b;
    if (wants_rest) divided = negative_a ? -rest : rest;
    else divided = negative_a != negative_b ? -quotient : quotient;
  endfunction

  // The new value of the destination register (sections 4.1 and 4.2). 32-bit operations see the low halves of their
  // operands, and clear the high half of the result.
  function automatic logic [63:0] alu(input logic [7:0] opcode, input logic [15:0] offset, input logic [31:0] immediate,
                                      input logic [63:0] destination, input logic [63:0] operand);
    logic is_wide, is_signed;
    logic [63:0] a, b, r;
    logic [5:0] distance;
    is_wide = opcode[2:0] == 3'd7;
    is_signed = offset != 0;
    a = is_wide ? destination : {32'd0, destination[31:0]};
    b = is_wide ? operand : {32'd0, operand[31:0]};
    distance = is_wide ? operand[5:0] : {1'b0, operand[4:0]};
    case (opcode[7:4])
      4'h0: r = a + b;
      4'h1: r = a - b;
      4'h2: r = a * b;
      4'h3, 4'h9: begin
        if (is_signed && !is_wide) begin
          a = {{32{destination[31]}}, destination[31:0]};
          b = {{32{operand[31]}}, operand[31:0]};
        end
        r = divided(a, b, is_signed, opcode[7]);
      end
      4'h4: r = a | b;
      4'h5: r = a & b;
      4'h6: r = a << distance;
      4'h7: r = a >> distance;
      4'h8: r = -a;
      4'ha: r = a ^ b;
      4'hb: begin
        r = operand;
        // MOVSX: the offset field is the width.
        if (opcode[3]) begin
          case (offset)
            16'd8: r = {{56{operand[7]}}, operand[7:0]};
            16'd16: r = {{48{operand[15]}}, operand[15:0]};
            16'd32: r = {{32{operand[31]}}, operand[31:0]};
            default: ;
          endcase
        end
      end
      4'hc: begin
        if (is_wide) r = $signed(destination) >>> distance;
        else r = {32'd0, $signed(destination[31:0]) >>> distance[4:0]};
      end
      4'hd: begin
        if (is_wide || opcode[3]) r = bytes_swapped(destination, immediate);
        else r = immediate == 32'd16 ? {48'd0, destination[15:0]} : immediate == 32'd32 ? {32'd0, destination[31:0]}
                                                                  : destination;
      end
      default: r = destination;
    endcase
    alu = is_wide || opcode[7:4] == 4'hd ? r : {32'd0, r[31:0]};
  endfunction

  // The condition of JMP and JMP32 (section 4.3).
  function automatic logic is_taken(input logic [7:0] opcode, input logic [63:0] destination, input logic [63:0] operand);
    logic [63:0] a, b, sa, sb;
    logic is_narrow;
    is_narrow = opcode[2:0] == 3'd6;
    a = is_narrow ? {32'd0, destination[31:0]} : destination;
    b = is_narrow ? {32'd0, operand[31:0]} : operand;
    sa = is_narrow ? {{32{destination[31]}}, destination[31:0]} : destination;
    sb = is_narrow ? {{32{operand[31]}}, operand[31:0]} : operand;
    case (opcode[7:4])
      4'h0: is_taken = 1;
      4'h1: is_taken = a == b;
      4'h2: is_taken = a > b;
      4'h3: is_taken = a >= b;
      4'h4: is_taken = (a & b) != 0;
      4'h5: is_taken = a != b;
      4'h6: is_taken = $signed(sa) > $signed(sb);
      4'h7: is_taken = $signed(sa) >= $signed(sb);
      4'ha: is_taken = a < b;
      4'hb: is_taken = a <= b;
      4'hc: is_taken = $signed(sa) < $signed(sb);
      4'hd: is_taken = $signed(sa) <= $signed(sb);
      default: is_taken = 0;
    endcase
  endfunction

  // What a load makes of the bytes that it read (sections 5.1 and 5.2).
  function automatic logic [63:0] extended(input logic [7:0] opcode, input logic [63:0] raw);
    logic is_signed;
    is_signed = opcode[7:5] == 3'd4;
    case (opcode[4:3])
      2'd0: extended = {{32{is_signed & raw[31]}}, raw[31:0]};
      2'd1: extended = {{48{is_signed & raw[15]}}, raw[15:0]};
      2'd2: extended = {{56{is_signed & raw[7]}}, raw[7:0]};
      default: extended = raw;
    endcase
  endfunction

  // What an atomic writes (section 5.3), before it is cut to its size.
  function automatic logic [63:0] atomic_value(input logic [7:0] operation, input logic [63:0] old,
                                               input logic [63:0] source, input logic is_equal);
    case (operation)
      8'h00, 8'h01: atomic_value = old + source;
      8'h40, 8'h41: atomic_value = old | source;
      8'h50, 8'h51: atomic_value = old & source;
      8'ha0, 8'ha1: atomic_value = old ^ source;
      8'he1: atomic_value = source;
      8'hf1: atomic_value = is_equal ? source : old;
      default: atomic_value = old;
    endcase
  endfunction

  function automatic logic [63:0] size_mask(input logic [3:0] size);
    case (size)
      4'd1: size_mask = 64'hff;
      4'd2: size_mask = 64'hffff;
      4'd4: size_mask = 64'hffff_ffff;
      default: size_mask = '1;
    endcase
  endfunction
endpackage
