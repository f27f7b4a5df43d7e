#include "compare.h"

// One version for each width of vector register, chosen when the program is loaded.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

typedef uint64_t line_t __attribute__((vector_size(64)));

CLONES uint64_t compare_lines(const void *a, const void *b, size_t lines) {
  const line_t *x = a, *y = b;
  uint64_t mask = 0;
  for (size_t i = 0; i < lines; i++) {
    line_t d = x[i] ^ y[i];
    uint64_t any = 0;
    for (int w = 0; w < 8; w++) any |= d[w];
    mask |= (uint64_t)(any != 0) << i;
  }
  return mask;
}

CLONES uint32_t compare_words(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  uint32_t mask = 0;
  for (int w = 0; w < 8; w++) mask |= (uint32_t)(x[w] != y[w]) << w;
  return mask;
}
