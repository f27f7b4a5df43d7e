"""Bugs of one line each in the device around the core, which replaying scenarios has to find.

Each has its kind, a name, the file, the text that is there once, what it becomes, and what the first difference is about.
"""

from bugs import Bug

DECODER, COMMANDS, DMA, MEMORY = "bar_decoder.sv", "command_unit.sv", "dma_engine.sv", "device_memory.sv"
TRANSACTIONS, FIFO, SHELL, DEVICE = "transaction_layer.sv", "port_fifo.sv", "core_shell.sv", "ubpf_device.sv"
HEADER, PAYLOAD, WRITE = r"packet header: ", r"packet \w+: found payload ", r"write of (ram|win)"
# Something came in another cycle than in the model, or not at all.
EARLY, LATE = r"found (the packet|a write) .*expected none", r"found nothing of the device"
TIME = rf"{EARLY}|{LATE}"

BUGS = [
    Bug("arithmetic", "an extended length forgets the old one", COMMANDS, "ram_data.data[31:0] + running.length", "running.length",
        WRITE),
    Bug("arithmetic", "a transfer to the last byte is refused", COMMANDS, "end_of_segment <= (command", "end_of_segment < (command",
        rf"{TIME}|{PAYLOAD}"),
    Bug("arithmetic", "runs are not counted", COMMANDS, "n.runs = n.runs + 64'd1;", "n.runs = n.runs;", PAYLOAD),
    Bug("hazard", "a run starts before its data's length is in RAM", COMMANDS, "if (ram_level == 0) begin", "begin", rf"{TIME}|{PAYLOAD}"),
    Bug("hazard", "a transfer ends before RAM has its last byte", DMA, "done = n.writes - 32'(ram_level) - 32'(ram_send);",
        "done = n.writes;", rf"{TIME}|{PAYLOAD}"),
    Bug("byte enable", "first byte enables are ignored", DECODER, "enables[3:0] & write_request.first_be;",
        "enables[3:0];", rf"{WRITE}|{PAYLOAD}"),
    Bug("byte enable", "last byte enables are ignored", DECODER, "disabled = ~write_request.last_be;", "disabled = 4'd0;",
        rf"{WRITE}|{PAYLOAD}"),
    Bug("byte enable", "a request names the bytes before its first", TRANSACTIONS, "from_first = 4'hf << r.address[1:0];",
        "from_first = 4'hf;", HEADER),
    Bug("byte enable", "a request names the bytes behind its last", TRANSACTIONS, "4'hf >> (2'd3 - 2'(ends - 13'd1))", "4'hf", HEADER),
    Bug("byte enable", "a write starts at the wrong lane of its block", MEMORY, "a_enable = request.enable << request.address[$clog2(DATA_PATH)-1:0];",
        "a_enable = request.enable;", PAYLOAD),
    Bug("split", "read requests cross 4 KiB", DMA, "&& remaining <= 32'(to_page)) request_length", "&& 1'b1) request_length", HEADER),
    Bug("split", "later read requests are not aligned", DMA, "limit - (address[12:0] & (limit - 13'd1))", "limit", HEADER),
    Bug("split", "unaligned requests forget a dword", TRANSACTIONS, "count = 11'((ends + 13'd3) >> 2);",
        "count = 11'((r.length + 13'd3) >> 2);", HEADER),
    Bug("split", "byte counts do not count down", TRANSACTIONS, "3'd0, 1'b0, remaining[11:0],", "3'd0, 1'b0, 12'(bytes_of(completion)),",
        HEADER),
    Bug("split", "each completion has the first one's data", TRANSACTIONS, "+ 24'(q.completion_sent)) >> 2", "+ 24'd0) >> 2", PAYLOAD),
    Bug("split", "answers are cut at 64 bytes", TRANSACTIONS, "RCB = 128;", "RCB = 64;", HEADER),
    Bug("split", "the bytes before an unaligned read are written", DMA, "n.drained + 13'(data.skip), 3'b000", "n.drained, 3'b000",
        WRITE),
    Bug("credit", "a port takes one message too many", FIFO, "can_send = level < 16'(CAPACITY)", "can_send = level <= 16'(CAPACITY)",
        rf"{TIME}|{PAYLOAD}|{HEADER}"),
    Bug("credit", "room that is made while sending is lost", FIFO, "level + {15'd0, send} - dropped",
        "level + {15'd0, send} - (send ? 16'd0 : dropped)", rf"{TIME}"),
    Bug("credit", "reads are sent without non-posted credits", TRANSACTIONS, "configuration.bus_master ? tx_nonposted_ready",
        "configuration.bus_master ? 1'b1", TIME),
    Bug("credit", "completions are sent without credits", TRANSACTIONS, "completion_valid && tx_completion_ready",
        "completion_valid", TIME),
    Bug("credit", "a read begins without room for its answer", DECODER, "reads_valid && completions_can_send", "reads_valid",
        rf"{TIME}|{PAYLOAD}|{HEADER}"),
    Bug("credit", "one tag more than the host allows", DMA, "n.active_tags < limit &&", "n.active_tags <= limit &&", rf"{TIME}|{HEADER}"),
    Bug("credit", "the last tag is never used", DMA, "? 11'(TAGS) : {1'b0, n.tag_limit};", "? 11'(TAGS - 1) : {1'b0, n.tag_limit};",
        rf"{TIME}|{HEADER}"),
    Bug("credit", "a tag is free with the first part of its data", DMA, "if (data.is_last) release_tag(tag);", "release_tag(tag);",
        rf"{TIME}|{HEADER}|{WRITE}|{PAYLOAD}"),
    Bug("ordering", "reads pass writes that wait", TRANSACTIONS, "read_send = np_valid && reads_can_send && !np_behind;",
        "read_send = np_valid && reads_can_send;", rf"{TIME}|{PAYLOAD}"),
    Bug("ordering", "reads pass all but the first write that waits", TRANSACTIONS, "np_behind = $signed(n.posted - np.posted) < 0;",
        "np_behind = p_valid && !write_send && $signed(n.posted - np.posted) < 0;", rf"{TIME}|{PAYLOAD}"),
    Bug("ordering", "a write behind a read has the read's place", TRANSACTIONS,
        "n.target_order + {15'd0, write_send} + {15'd0, read_send};", "n.target_order + {15'd0, write_send};", rf"{TIME}|{PAYLOAD}"),
    Bug("ordering", "an answer lies where the latest request belongs", DECODER, "assembly_dword = 10'(q.returned >> 2);",
        "assembly_dword = 10'(q.issued >> 2);", PAYLOAD),
    Bug("ordering", "the decoder takes reads first", DECODER,
        "&& (!writes_valid || $signed(read_request.order - write_request.order) < 0);", "&& 1'b1;", rf"{TIME}|{PAYLOAD}"),
    Bug("ordering", "completions always go first", TRANSACTIONS, "    source = q.granted;", "    source = SOURCE_WRITE;", rf"{TIME}|{HEADER}"),
    Bug("ordering", "READY is set before the registers", SHELL, "RET64 ? 4'd8 : 4'd4, final_registers[63:0]};",
        "4'd8, 32'd1, final_registers[31:0]};", PAYLOAD),
    Bug("latency", "the first read comes a cycle late", DMA, "17'(START_CYCLES) + 17'd1", "17'(START_CYCLES) + 17'd2", LATE),
    Bug("latency", "one cycle too many between two reads", DMA, "n.next_request_in = 17'(REQUEST_INTERVAL);",
        "n.next_request_in = 17'(REQUEST_INTERVAL) + 17'd1;", LATE),
    Bug("latency", "commands cross to the core an edge late", DEVICE, "core_command_t)), .SYNCHRONISER(SYNCHRONISER)",
        "core_command_t)), .SYNCHRONISER(SYNCHRONISER + 1)", rf"{TIME}|{PAYLOAD}"),
    Bug("latency", "the loader takes a cycle more", SHELL, "n.slots = 17'((length + 64'd7) >> 3);",
        "n.slots = 17'((length + 64'd15) >> 3);", rf"{TIME}|{PAYLOAD}"),
    Bug("latency", "requests reach their target a cycle late", DEVICE, "LATENCY(DECODE_CYCLES)) requests",
        "LATENCY(DECODE_CYCLES + 1)) requests", rf"{TIME}|{WRITE}|{PAYLOAD}"),
]
