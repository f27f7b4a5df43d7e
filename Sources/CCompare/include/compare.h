#pragma once
#include <stddef.h>
#include <stdint.h>

/// Which 8-byte words of `a` and `b` differ, one bit a word; `lines` is at most 8 lines of 64 bytes, which are aligned.
uint64_t compare_words(const void *a, const void *b, size_t lines);
