#pragma once
#include <stddef.h>
#include <stdint.h>

/// Which 64-byte lines differ between `a` and `b`, one bit a line; at most 64 lines, both 64-byte aligned.
uint64_t compare_lines(const void *a, const void *b, size_t lines);

/// Which 8-byte words of one line differ, one bit a word.
uint32_t compare_words(const void *a, const void *b);
