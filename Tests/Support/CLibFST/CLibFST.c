#include "CLibFST.h"

#if __has_include(<gtkwave/fstapi.c>)

// One translation unit, as verilator itself builds it. The library carries an old LZ4 with global names, which must not
// take the place of the system's liblz4 that our writer links.
#include "LZ4Names.h"
#define FST_CONFIG_INCLUDE "fst_config.h"
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Weverything"
#include <gtkwave/fastlz.c>
#include <gtkwave/fstapi.c>
#include <gtkwave/lz4.c>
#pragma clang diagnostic pop

bool libfst_is_available(void) { return true; }

void *libfst_create(const char *path, int timescale) {
  void *writer = fstWriterCreate(path, 1);
  if (writer) {
    fstWriterSetTimescale(writer, timescale);
    fstWriterSetPackType(writer, FST_WR_PT_LZ4);
  }
  return writer;
}

void libfst_begin_scope(void *writer, const char *name) { fstWriterSetScope(writer, FST_ST_VCD_MODULE, name, NULL); }

void libfst_end_scope(void *writer) { fstWriterSetUpscope(writer); }

uint32_t libfst_add_variable(void *writer, const char *name, uint32_t width) {
  return fstWriterCreateVar(writer, FST_VT_VCD_REG, FST_VD_IMPLICIT, width, name, 0);
}

void libfst_emit_time(void *writer, uint64_t time) { fstWriterEmitTimeChange(writer, time); }

void libfst_emit_value(void *writer, uint32_t handle, uint32_t width, uint64_t value) {
  fstWriterEmitValueChange64(writer, handle, width, value);
}

void libfst_close(void *writer) { fstWriterClose(writer); }

void *libfst_open(const char *path) { return fstReaderOpen(path); }

void libfst_close_reader(void *reader) { fstReaderClose(reader); }

uint64_t libfst_start_time(void *reader) { return fstReaderGetStartTime(reader); }

uint64_t libfst_end_time(void *reader) { return fstReaderGetEndTime(reader); }

uint64_t libfst_section_count(void *reader) { return fstReaderGetValueChangeSectionCount(reader); }

int libfst_timescale(void *reader) { return fstReaderGetTimescale(reader); }

struct change_target {
  void *context;
  void (*change)(void *, uint64_t, uint32_t, const char *);
};

static void forward_change(void *target, uint64_t time, fstHandle handle, const unsigned char *value) {
  struct change_target *to = target;
  to->change(to->context, time, handle, (const char *)value);
}

void libfst_read_changes(
  void *reader, void *context, void (*change)(void *, uint64_t, uint32_t, const char *)) {
  struct change_target target = {context, change};
  fstReaderSetFacProcessMaskAll(reader);
  fstReaderIterBlocks(reader, forward_change, &target, NULL);
}

const char *libfst_value_at(void *reader, uint64_t time, uint32_t handle, char *buffer) {
  return fstReaderGetValueFromHandleAtTime(reader, time, handle, buffer);
}

bool libfst_next_item(void *reader, struct libfst_hierarchy_item *item) {
  struct fstHier *next = fstReaderIterateHier(reader);
  if (!next) return false;
  *item = (struct libfst_hierarchy_item){.kind = libfst_other};
  if (next->htyp == FST_HT_SCOPE) {
    item->kind = libfst_scope;
    item->name = next->u.scope.name;
  } else if (next->htyp == FST_HT_UPSCOPE) {
    item->kind = libfst_upscope;
  } else if (next->htyp == FST_HT_VAR) {
    item->kind = libfst_variable;
    item->name = next->u.var.name;
    item->width = next->u.var.length;
    item->handle = next->u.var.handle;
  } else if (next->htyp == FST_HT_ATTRBEGIN && next->u.attr.typ == FST_AT_MISC
             && next->u.attr.subtype == FST_MT_ENUMTABLE) {
    item->kind = libfst_enum_table;
    item->name = next->u.attr.name;
    item->handle = (uint32_t)next->u.attr.arg;
  }
  return true;
}

void *libfst_decode_enum(const char *text) { return fstUtilityExtractEnumTableFromString(text); }

uint32_t libfst_enum_count(void *table) { return ((struct fstETab *)table)->elem_count; }

const char *libfst_enum_name(void *table) { return ((struct fstETab *)table)->name; }

const char *libfst_enum_literal(void *table, uint32_t index) { return ((struct fstETab *)table)->literal_arr[index]; }

const char *libfst_enum_value(void *table, uint32_t index) { return ((struct fstETab *)table)->val_arr[index]; }

void libfst_free_enum(void *table) { fstUtilityFreeEnumTable(table); }

#else

#include <stdlib.h>

bool libfst_is_available(void) { return false; }
void *libfst_create(const char *path, int timescale) { abort(); }
void libfst_begin_scope(void *writer, const char *name) { abort(); }
void libfst_end_scope(void *writer) { abort(); }
uint32_t libfst_add_variable(void *writer, const char *name, uint32_t width) { abort(); }
void libfst_emit_time(void *writer, uint64_t time) { abort(); }
void libfst_emit_value(void *writer, uint32_t handle, uint32_t width, uint64_t value) { abort(); }
void libfst_close(void *writer) { abort(); }
void *libfst_open(const char *path) { abort(); }
void libfst_close_reader(void *reader) { abort(); }
uint64_t libfst_start_time(void *reader) { abort(); }
uint64_t libfst_end_time(void *reader) { abort(); }
uint64_t libfst_section_count(void *reader) { abort(); }
int libfst_timescale(void *reader) { abort(); }
void libfst_read_changes(
  void *reader, void *context, void (*change)(void *, uint64_t, uint32_t, const char *)) { abort(); }
const char *libfst_value_at(void *reader, uint64_t time, uint32_t handle, char *buffer) { abort(); }
bool libfst_next_item(void *reader, struct libfst_hierarchy_item *item) { abort(); }
void *libfst_decode_enum(const char *text) { abort(); }
uint32_t libfst_enum_count(void *table) { abort(); }
const char *libfst_enum_name(void *table) { abort(); }
const char *libfst_enum_literal(void *table, uint32_t index) { abort(); }
const char *libfst_enum_value(void *table, uint32_t index) { abort(); }
void libfst_free_enum(void *table) { abort(); }

#endif
