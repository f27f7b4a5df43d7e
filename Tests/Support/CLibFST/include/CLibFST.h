// GTKWave's FST library behind the few functions the tests need. It is the oracle for our writer: it writes the same
// events, and it reads what we wrote.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "CLibFSTValues.h"

/// False when verilator, whose package carries the source of libfst, was not installed at build time. Then no other
/// function may be called.
bool libfst_is_available(void);

// Writing. Handles count from 1 in the order of declaration.
void *_Nullable libfst_create(const char *_Nonnull path, int timescale);
void libfst_begin_scope(void *_Nonnull writer, const char *_Nonnull name);
void libfst_end_scope(void *_Nonnull writer);
uint32_t libfst_add_variable(void *_Nonnull writer, const char *_Nonnull name, uint32_t width);
void libfst_emit_time(void *_Nonnull writer, uint64_t time);
void libfst_emit_value(void *_Nonnull writer, uint32_t handle, uint32_t width, uint64_t value);
void libfst_close(void *_Nonnull writer);

// Reading.
void *_Nullable libfst_open(const char *_Nonnull path);
void libfst_close_reader(void *_Nonnull reader);
uint64_t libfst_start_time(void *_Nonnull reader);
uint64_t libfst_end_time(void *_Nonnull reader);
uint64_t libfst_section_count(void *_Nonnull reader);
int libfst_timescale(void *_Nonnull reader);

/// Calls back for each value change, in order of time.
void libfst_read_changes(
  void *_Nonnull reader, void *_Nullable context,
  void (*_Nonnull change)(void *_Nullable context, uint64_t time, uint32_t handle, const char *_Nonnull value));

/// The value of a signal at any time, found by random access, as binary digits in `buffer`, which must have 65 bytes.
const char *_Nullable libfst_value_at(void *_Nonnull reader, uint64_t time, uint32_t handle, char *_Nonnull buffer);

enum libfst_item { libfst_scope, libfst_upscope, libfst_variable, libfst_enum_table, libfst_other };

struct libfst_hierarchy_item {
  enum libfst_item kind;
  /// Scope, variable, or the text of the enum table (empty: a reference). Valid until the next call.
  const char *_Nullable name;
  uint32_t width;
  /// Of a variable or an enum table.
  uint32_t handle;
};

/// The next item of the hierarchy; false after the last one.
bool libfst_next_item(void *_Nonnull reader, struct libfst_hierarchy_item *_Nonnull item);

/// An enum table as the library decodes it from its text.
void *_Nullable libfst_decode_enum(const char *_Nonnull text);
uint32_t libfst_enum_count(void *_Nonnull table);
const char *_Nonnull libfst_enum_name(void *_Nonnull table);
const char *_Nonnull libfst_enum_literal(void *_Nonnull table, uint32_t index);
const char *_Nonnull libfst_enum_value(void *_Nonnull table, uint32_t index);
void libfst_free_enum(void *_Nonnull table);
