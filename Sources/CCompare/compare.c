#include "compare.h"

// One version for each width of vector register, chosen when the program is loaded.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

typedef uint64_t line_t __attribute__((ext_vector_type(8)));
typedef _Bool mask_t __attribute__((ext_vector_type(8)));

CLONES uint64_t take_changes(const void *live, void *shadow, size_t lines) {
  const line_t *new = live;
  line_t *old = shadow;
  uint64_t words = 0;
  for (size_t i = 0; i < lines; i++) {
    union {
      mask_t mask;
      uint8_t bits;
    } line = {__builtin_convertvector(new[i] != old[i], mask_t)};
    words |= (uint64_t)line.bits << 8 * i;
    // Always: cheaper than a branch that depends on it.
    old[i] = new[i];
  }
  return words;
}
