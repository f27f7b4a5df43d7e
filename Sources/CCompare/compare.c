#include "compare.h"

// One version for each width of vector register, chosen when the program is loaded.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

typedef uint64_t line_t __attribute__((ext_vector_type(8)));
typedef _Bool mask_t __attribute__((ext_vector_type(8)));

CLONES uint64_t compare_words(const void *a, const void *b, size_t lines) {
  const line_t *x = a, *y = b;
  uint64_t words = 0;
  for (size_t i = 0; i < lines; i++) {
    union {
      mask_t mask;
      uint8_t bits;
    } line = {__builtin_convertvector(x[i] != y[i], mask_t)};
    words |= (uint64_t)line.bits << 8 * i;
  }
  return words;
}
