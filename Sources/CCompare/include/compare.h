#pragma once
#include <stddef.h>
#include <stdint.h>

/// Which 8-byte words of `live` and `shadow` differ, one bit a word, and makes `shadow` equal; `lines` is at most 8 lines
/// of 64 bytes, which are aligned.
uint64_t take_changes(const void *live, void *shadow, size_t lines);
