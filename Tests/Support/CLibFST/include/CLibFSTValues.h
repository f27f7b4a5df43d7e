// More of GTKWave's FST library: what its writer can say beyond two-state signals of up to 64 bits.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// How a file is packed: the chains by zlib, FastLZ or LZ4; with `wrapped` all of it by gzip once more.
void libfst_set_packing(void *_Nonnull writer, char packing, bool wrapped);

/// Declares a variable by the numbers of its type and direction; `alias` is 0 or the handle that it shares. A real has
/// 8 bytes, text has width 0.
uint32_t libfst_declare(
  void *_Nonnull writer, int type, int direction, uint32_t width, const char *_Nonnull name, uint32_t alias);

/// Opens a scope of any type.
void libfst_begin_typed_scope(
  void *_Nonnull writer, int type, const char *_Nonnull name, const char *_Nonnull component);

/// Defines a table of names for values in binary digits, and refers to it for the next variable.
uint32_t libfst_create_enum(
  void *_Nonnull writer, const char *_Nonnull name, uint32_t count, uint32_t width,
  const char *_Nonnull const *_Nonnull literals, const char *_Nonnull const *_Nonnull values);
void libfst_use_enum(void *_Nonnull writer, uint32_t table);

/// Attributes that say nothing about values.
void libfst_add_remarks(void *_Nonnull writer, const char *_Nonnull comment, const char *_Nonnull source);

/// A value as characters, one a bit.
void libfst_emit_characters(void *_Nonnull writer, uint32_t handle, const char *_Nonnull characters);
void libfst_emit_real(void *_Nonnull writer, uint32_t handle, double value);
void libfst_emit_text(void *_Nonnull writer, uint32_t handle, const char *_Nonnull text, uint32_t length);

/// Switches recording off or on.
void libfst_set_recording(void *_Nonnull writer, bool recording);

/// Ends the current section at the next time.
void libfst_flush(void *_Nonnull writer);
