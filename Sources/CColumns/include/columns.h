#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Words in memory, and what they were when they were last looked at.
typedef struct {
  /// `lines` lines of 64 bytes, which are aligned.
  const void *live;
  void *shadow;
  size_t lines;
  /// The column of each word.
  const int64_t *columns;
  /// A byte for each line, of which a bit for each word says whether it is recorded. There are eight more bytes.
  const uint8_t *recorded;
} watched_words;

/// The end of a column of changes: how many there are, and the step of the last one, `UINT32_MAX` when there is none.
typedef struct {
  uint32_t count;
  uint32_t last_step;
} column_end;

/// Which recorded words of the eight lines from `first` on have changed, a bit a word. From now on they are known.
uint64_t take_changes(const watched_words *watched, size_t first);

/// Appends the recorded words that have changed to their columns, at `step`: column c has its values from
/// `values[c << row_bits]` on, and their steps beside them. Returns whether there were any.
bool append_changes(const watched_words *watched, column_end *ends, uint64_t *values, uint16_t *steps,
                    uint64_t row_bits, uint32_t step);
