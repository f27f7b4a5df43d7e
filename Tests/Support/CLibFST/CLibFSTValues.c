#include "CLibFST.h"

#if __has_include(<gtkwave/fstapi.c>)

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <gtkwave/fstapi.h>
#pragma clang diagnostic pop

void libfst_set_packing(void *writer, char packing, bool wrapped) {
  fstWriterSetPackType(
    writer, packing == 'F' ? FST_WR_PT_FASTLZ : packing == '4' ? FST_WR_PT_LZ4 : FST_WR_PT_ZLIB);
  fstWriterSetRepackOnClose(writer, wrapped);
}

uint32_t libfst_declare(void *writer, int type, int direction, uint32_t width, const char *name, uint32_t alias) {
  return fstWriterCreateVar(writer, type, direction, width, name, alias);
}

void libfst_begin_typed_scope(void *writer, int type, const char *name, const char *component) {
  fstWriterSetScope(writer, type, name, component);
}

uint32_t libfst_create_enum(
  void *writer, const char *name, uint32_t count, uint32_t width, const char *const *literals,
  const char *const *values) {
  return fstWriterCreateEnumTable(writer, name, count, width, (const char **)literals, (const char **)values);
}

void libfst_use_enum(void *writer, uint32_t table) { fstWriterEmitEnumTableRef(writer, table); }

void libfst_add_remarks(void *writer, const char *comment, const char *source) {
  fstWriterSetComment(writer, comment);
  fstWriterSetEnvVar(writer, "KEY=value");
  fstWriterSetSourceStem(writer, source, 7, 0);
  fstWriterSetSourceInstantiationStem(writer, source, 300, 0);
  fstWriterSetAttrBegin(writer, FST_AT_PACK, FST_PT_PACKED, "members", 3);
  fstWriterSetAttrEnd(writer);
}

void libfst_emit_characters(void *writer, uint32_t handle, const char *characters) {
  fstWriterEmitValueChange(writer, handle, characters);
}

void libfst_emit_real(void *writer, uint32_t handle, double value) { fstWriterEmitValueChange(writer, handle, &value); }

void libfst_emit_text(void *writer, uint32_t handle, const char *text, uint32_t length) {
  fstWriterEmitVariableLengthValueChange(writer, handle, text, length);
}

void libfst_set_recording(void *writer, bool recording) { fstWriterEmitDumpActive(writer, recording); }

void libfst_flush(void *writer) { fstWriterFlushContext(writer); }

#else

#include <stdlib.h>

void libfst_set_packing(void *writer, char packing, bool wrapped) { abort(); }
uint32_t libfst_declare(void *writer, int type, int direction, uint32_t width, const char *name, uint32_t alias) {
  abort();
}
void libfst_begin_typed_scope(void *writer, int type, const char *name, const char *component) { abort(); }
uint32_t libfst_create_enum(
  void *writer, const char *name, uint32_t count, uint32_t width, const char *const *literals,
  const char *const *values) {
  abort();
}
void libfst_use_enum(void *writer, uint32_t table) { abort(); }
void libfst_add_remarks(void *writer, const char *comment, const char *source) { abort(); }
void libfst_emit_characters(void *writer, uint32_t handle, const char *characters) { abort(); }
void libfst_emit_real(void *writer, uint32_t handle, double value) { abort(); }
void libfst_emit_text(void *writer, uint32_t handle, const char *text, uint32_t length) { abort(); }
void libfst_set_recording(void *writer, bool recording) { abort(); }
void libfst_flush(void *writer) { abort(); }

#endif
