// Returns the second 32-bit word of a chunk. The run's OFFSET selects the chunk: r1 points at its first byte.

unsigned prog(const unsigned *data) { return data[1]; }
