// What the parts of the device say to each other. Widths are those of the model's default device: payloads of up to 256
// bytes, memories 32 bytes wide.
package device_pkg;
  localparam int MAX_PAYLOAD = 256, DATA_PATH = 32, MAX_READ = 4096;

  // A packet: header dwords 0 to 3, the first one in the uppermost bits (PCI Express Base Specification 2.2.1), and the
  // payload, whose first byte is in the lowest bits.
  typedef struct packed {
    logic [127:0]             header;
    logic [8*MAX_PAYLOAD-1:0] payload;
  } tlp_t;

  // Fmt and Type (2.2.1).
  localparam logic [7:0] MRD_3DW = 8'h00, MRD_4DW = 8'h20, MWR_3DW = 8'h40, MWR_4DW = 8'h60, CPL = 8'h0a, CPLD = 8'h4a;

  // What the function's configuration space says; it belongs to the PCI Express block around this device.
  typedef struct packed {
    logic [15:0] function_id;
    logic [12:0] max_payload;
    logic [12:0] max_read_request;
    logic [9:0]  tag_limit;
    logic        bus_master;
    logic        msi_enabled;
    logic [63:0] msi_address;
    logic [15:0] msi_data;
  } config_t;

  // A change of it, on its way to who has to know.
  typedef struct packed {
    logic [12:0] max_read_request;
    logic [9:0]  tag_limit;
    logic        msi_enabled;
    logic        is_reset;
  } control_t;

  // A memory request that hit the BAR.
  typedef struct packed {
    logic [15:0] order;
    logic [23:0] offset;
    logic [10:0] length;
    logic [3:0]  first_be;
    logic [3:0]  last_be;
    logic [15:0] requester;
    logic [9:0]  tag;
    logic [2:0]  traffic_class;
    logic [2:0]  attributes;
  } target_read_t;

  typedef struct packed {
    logic [15:0]              order;
    logic [23:0]              offset;
    logic [10:0]              length;
    logic [3:0]               first_be;
    logic [3:0]               last_be;
    logic [8*MAX_PAYLOAD-1:0] payload;
  } target_write_t;

  // One access to a memory or register file, within one aligned block of the data path's width. Byte 0 of the data belongs
  // to the address.
  typedef enum logic [1:0] {ACCESS_READ, ACCESS_WRITE, ACCESS_DUMP} access_kind_t;
  typedef struct packed {
    access_kind_t             kind;
    logic [23:0]              address;
    logic [6:0]               count;
    logic [DATA_PATH-1:0]     enable;
    logic [8*DATA_PATH-1:0]   data;
  } memory_request_t;
  typedef struct packed {
    logic [6:0]             count;
    logic [8*DATA_PATH-1:0] data;
  } memory_response_t;

  // ERROR_CODE, byte 0.
  typedef enum logic [3:0] {
    ERROR_NONE, ERROR_OPCODE, ERROR_RANGE, ERROR_BUSY, ERROR_ABORTED, ERROR_UNSUPPORTED, ERROR_COMPLETER_ABORT,
    ERROR_TIMEOUT, ERROR_POISONED, ERROR_LOAD, ERROR_FAULT, ERROR_DISABLED
  } device_error_t;

  // ERROR_CODE, byte 1.
  typedef enum logic [3:0] {
    FAULT_NONE, FAULT_ABORTED, FAULT_BAD_PROGRAM, FAULT_INVALID_INSTRUCTION, FAULT_LOAD_OUT_OF_BOUNDS,
    FAULT_STORE_OUT_OF_BOUNDS, FAULT_MISALIGNED_ATOMIC, FAULT_CALL_DEPTH, FAULT_UNKNOWN_HELPER, FAULT_INSTRUCTION_LIMIT,
    FAULT_OFFSET_OUT_OF_RANGE
  } core_fault_t;

  typedef enum logic [1:0] {DMA_HOST_TO_RAM, DMA_WINDOW_TO_RAM, DMA_ABORT} dma_kind_t;
  typedef struct packed {
    dma_kind_t   kind;
    logic [63:0] source;
    logic [23:0] destination;
    logic [31:0] length;
  } dma_command_t;

  typedef struct packed {
    logic [63:0] address;
    logic [12:0] length;
    logic [9:0]  tag;
  } read_request_t;

  // Data of one read, or its failure, which ends it.
  typedef struct packed {
    logic [9:0]               tag;
    device_error_t            error;
    logic [1:0]               skip;
    logic [12:0]              count;
    logic                     is_last;
    logic [8*MAX_PAYLOAD-1:0] payload;
  } read_data_t;

  typedef struct packed {
    logic        is_abort;
    logic [31:0] offset;
  } core_command_t;
  typedef struct packed {
    core_fault_t fault;
    logic [31:0] pc;
    logic [63:0] cycles;
    logic [63:0] instructions;
  } core_result_t;

  // BAR4.
  localparam logic [23:0] REG_OPCODE = 24'h00, REG_CONTROL = 24'h01, REG_LENGTH = 24'h04, REG_OFFSET = 24'h08,
    REG_ADDRESS = 24'h0c, REG_ERROR_CODE = 24'h14, REG_ERROR_PC = 24'h18, REG_COUNTERS = 24'h20,
    IO_SIZE = 24'h10_0000, TEXT_LENGTH = 24'h10_0000, DATA_LENGTH = 24'h10_0004, TEXT = 24'h10_0100,
    RET = 24'h20_0000, READY = 24'h20_0004, REGISTERS = 24'h20_0008, DATA = 24'h40_0000, P2P = 24'h80_0000;
  localparam logic [32:0] TEXT_CAPACITY = 33'h0f_ff00, DATA_CAPACITY = 33'h40_0000, P2P_CAPACITY = 33'h80_0000;

  // Bytes up to the end of the aligned block that the data path moves at a time.
  function automatic logic [6:0] to_block_end(input logic [23:0] address);
    to_block_end = 7'(DATA_PATH) - 7'(address % 24'(DATA_PATH));
  endfunction

  // The first `count` bytes.
  function automatic logic [DATA_PATH-1:0] all_enabled(input logic [6:0] count);
    all_enabled = DATA_PATH'((64'd1 << count) - 64'd1);
  endfunction
endpackage
