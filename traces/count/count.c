// Counts how often a byte occurs.
//
// Data: 4 bytes length (little-endian), 1 byte key, then `length` bytes. The count is returned in r0.

typedef unsigned char u8;
typedef unsigned int u32;

unsigned long count(const u8 *data) {
  u32 length = *(const u32 *)data;
  u8 key = data[4];
  const u8 *byte = data + 5;
  const u8 *end = byte + length;
  unsigned long found = 0;
  // One byte per iteration, and a branch rather than a select, so that the waveform shows the loop as written here:
  // five instructions a byte, two more for a match.
#pragma clang loop unroll(disable)
  while (byte != end)
    if (__builtin_expect(*byte++ == key, 0)) found++;
  return found;
}
