// Returns the sum of sixteen 32-bit words: next to no work, so that the waiting around it is all there is.

unsigned prog(const unsigned *data) {
  unsigned sum = 0;
#pragma clang loop unroll(disable)
  for (unsigned i = 0; i < 16; i++) sum += data[i];
  return sum;
}
