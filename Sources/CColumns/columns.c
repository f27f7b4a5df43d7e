#include "columns.h"

#include <string.h>

// One version for each width of vector register, chosen when the program is loaded.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

typedef uint64_t line_t __attribute__((ext_vector_type(8)));
typedef _Bool mask_t __attribute__((ext_vector_type(8)));

INLINE uint64_t take(const watched_words *watched, size_t first) {
  const line_t *new = (const line_t *)watched->live + first;
  line_t *old = (line_t *)watched->shadow + first;
  size_t lines = watched->lines - first < 8 ? watched->lines - first : 8;
  uint64_t words = 0, recorded;
  for (size_t i = 0; i < lines; i++) {
    union {
      mask_t mask;
      uint8_t bits;
    } line = {__builtin_convertvector(new[i] != old[i], mask_t)};
    words |= (uint64_t)line.bits << 8 * i;
    // Always: cheaper than a branch that depends on it.
    old[i] = new[i];
  }
  memcpy(&recorded, watched->recorded + first, sizeof recorded);
  return words & recorded;
}

CLONES uint64_t take_changes(const watched_words *watched, size_t first) { return take(watched, first); }

CLONES bool append_changes(const watched_words *watched, column_end *ends, uint64_t *values, uint16_t *steps,
                           uint64_t row_bits, uint32_t step) {
  bool any = false;
  for (size_t first = 0; first < watched->lines; first += 8) {
    const uint64_t *words = (const uint64_t *)watched->live + 8 * first;
    const int64_t *columns = watched->columns + 8 * first;
    uint64_t changed = take(watched, first);
    any |= changed != 0;
    for (; changed; changed &= changed - 1) {
      int word = __builtin_ctzll(changed);
      int64_t column = columns[word];
      column_end end = ends[column];
      // A second change in one step takes the place of the first.
      uint32_t place = end.count - (end.last_step == step);
      int64_t row = (int64_t)((uint64_t)column << row_bits) + place;
      values[row] = words[word];
      steps[row] = (uint16_t)step;
      ends[column] = (column_end){place + 1, step};
    }
  }
  return any;
}
