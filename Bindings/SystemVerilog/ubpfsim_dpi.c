// What SystemVerilog calls, as ubpfsim_pkg.sv declares it: the C interface of the model with arguments that DPI-C can carry.
// It is C and C++, since Verilator takes it for the latter.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svdpi.h"
#include "ubpfsim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  ubpfsim *model;
  ubpfsim_commit_rules rules;
  uint64_t time_tolerance;
} bench;

enum { TEXT_SIZE = 4096 };

// DPI copies what it is given before the next call.
static char text[TEXT_SIZE];

static bench *bench_of(ubpfsim *model) {
  bench *made = (bench *)malloc(sizeof *made);
  if (!made) return NULL;
  made->model = model;
  made->time_tolerance = UINT64_MAX;
  ubpfsim_default_rules(&made->rules);
  return made;
}

// The bytes of a file; NULL with a message in `text` when there is none.
static void *contents(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  char *bytes = NULL;
  *size = 0;
  if (file && fseek(file, 0, SEEK_END) == 0) {
    long end = ftell(file);
    rewind(file);
    if (end >= 0) bytes = (char *)malloc((size_t)end + 1);
    if (bytes) *size = fread(bytes, 1, (size_t)end, file);
  }
  if (file) fclose(file);
  if (!bytes) snprintf(text, sizeof text, "%s: cannot be read", path);
  return bytes;
}

void *ubpfsim_sv_open_scenario(const char *path) {
  ubpfsim *model = NULL;
  if (ubpfsim_open_scenario(UBPFSIM_ABI_VERSION, path, &model, text, sizeof text) != UBPFSIM_OK) return NULL;
  return bench_of(model);
}

void *ubpfsim_sv_open_program(const char *program_path, const char *data_path) {
  size_t program_size = 0, data_size = 0;
  ubpfsim *model = NULL;
  void *data = NULL, *program = contents(program_path, &program_size);
  if (program && *data_path) data = contents(data_path, &data_size);
  if (program && (data || !*data_path)) {
    ubpfsim_open_program(UBPFSIM_ABI_VERSION, program, program_size, data, data_size, &model, text, sizeof text);
  }
  free(program);
  free(data);
  return model ? bench_of(model) : NULL;
}

void ubpfsim_sv_close(void *handle) {
  bench *self = (bench *)handle;
  if (self) ubpfsim_close(self->model);
  free(self);
}

const char *ubpfsim_sv_message(void *handle) {
  bench *self = (bench *)handle;
  if (self) ubpfsim_message(self->model, text, sizeof text, NULL);
  return text;
}

const char *ubpfsim_sv_difference(void *handle, uint64_t index) {
  bench *self = (bench *)handle;
  text[0] = 0;
  if (self) ubpfsim_difference(self->model, index, text, sizeof text, NULL);
  return text;
}

uint64_t ubpfsim_sv_count(void *handle, int kind) {
  bench *self = (bench *)handle;
  uint64_t counts[3] = {0, 0, 0};
  if (self) ubpfsim_counts(self->model, &counts[0], &counts[1], &counts[2]);
  return kind >= 0 && kind < 3 ? counts[kind] : 0;
}

void ubpfsim_sv_ignore(void *handle, uint64_t parts) {
  bench *self = (bench *)handle;
  if (self) self->rules.ignored |= parts;
}

void ubpfsim_sv_mask_register(void *handle, int index, uint64_t mask) {
  bench *self = (bench *)handle;
  if (self && index >= 0 && index <= 10) self->rules.register_masks[index] = mask;
}

void ubpfsim_sv_tolerate(void *handle, uint64_t cycles, uint64_t picoseconds) {
  bench *self = (bench *)handle;
  if (!self) return;
  self->rules.cycle_tolerance = cycles;
  self->time_tolerance = picoseconds;
}

static uint64_t word_of(const svBitVecVal *bits, unsigned index) {
  return (uint64_t)bits[2 * index + 1] << 32 | bits[2 * index];
}

int ubpfsim_sv_check_commit(void *handle, uint32_t run, uint64_t order, uint64_t pc, uint64_t instruction,
                            const char *fault, uint32_t written, const svBitVecVal *registers, svBit is_load,
                            svBit is_store, uint32_t size, uint64_t address, uint64_t loaded, uint64_t stored,
                            uint64_t cycle) {
  bench *self = (bench *)handle;
  if (!self) return UBPFSIM_INVALID;
  ubpfsim_commit commit;
  // Of the rest, only what the counts say is read.
  commit.core = 0;
  commit.write_count = commit.access_count = 0;
  commit.time = 0;
  commit.fault[0] = 0;
  if (*fault) {
    strncpy(commit.fault, fault, sizeof commit.fault - 1);
    commit.fault[sizeof commit.fault - 1] = 0;
  }
  commit.run = run;
  commit.order = order;
  commit.pc = pc;
  commit.instruction = instruction;
  commit.cycle = cycle;
  for (unsigned index = 0; written >> index && index <= 10; index++) {
    if (!(written >> index & 1) || commit.write_count == UBPFSIM_MAX_WRITES) continue;
    commit.writes[commit.write_count].index = index;
    commit.writes[commit.write_count++].value = word_of(registers, index);
  }
  ubpfsim_access load = {address, loaded, size, 0}, store = {address, stored, size, 1};
  if (is_load) commit.accesses[commit.access_count++] = load;
  if (is_store) commit.accesses[commit.access_count++] = store;
  return ubpfsim_check_commit(self->model, &commit, &self->rules);
}

int ubpfsim_sv_check_tlp(void *handle, const char *link, svBit is_up, const svBitVecVal *header, uint32_t payload_bytes,
                         const svBitVecVal *payload, uint64_t picoseconds) {
  enum { MAX_PAYLOAD = 4096 };
  bench *self = (bench *)handle;
  unsigned char packet[16 + MAX_PAYLOAD];
  // Bit 29 of dword 0, which is the uppermost one: the header has four (PCI Express Base Specification 2.2.1).
  unsigned header_bytes = header[3] >> 29 & 1 ? 16 : 12;
  if (!self || payload_bytes > MAX_PAYLOAD) return UBPFSIM_INVALID;
  for (unsigned i = 0; i < header_bytes; i++) packet[i] = (unsigned char)(header[3 - i / 4] >> (24 - i % 4 * 8));
  for (unsigned i = 0; i < payload_bytes; i++) packet[header_bytes + i] = (unsigned char)(payload[i / 4] >> i % 4 * 8);
  return ubpfsim_check_tlp(self->model, link, is_up, packet, header_bytes + payload_bytes, picoseconds,
                           self->time_tolerance);
}

int ubpfsim_sv_set_tlp_rules(void *handle, svBit by_class, const char *ignored) {
  bench *self = (bench *)handle;
  return self ? (int)ubpfsim_set_tlp_rules(self->model, by_class, ignored) : UBPFSIM_INVALID;
}

int ubpfsim_sv_run_until(void *handle, uint64_t picoseconds) {
  bench *self = (bench *)handle;
  return self ? (int)ubpfsim_run_until(self->model, picoseconds) : UBPFSIM_INVALID;
}

int ubpfsim_sv_find_signal(void *handle, const char *path) {
  bench *self = (bench *)handle;
  uint32_t signal = 0;
  return self && ubpfsim_find_signal(self->model, path, &signal, NULL) == UBPFSIM_OK ? (int)signal : -1;
}

uint64_t ubpfsim_sv_read_signal(void *handle, int signal) {
  bench *self = (bench *)handle;
  uint64_t value = 0;
  if (self) ubpfsim_read_signal(self->model, (uint32_t)signal, &value);
  return value;
}

int ubpfsim_sv_check_signal(void *handle, int signal, uint64_t value, uint64_t mask) {
  bench *self = (bench *)handle;
  return self ? (int)ubpfsim_check_signal(self->model, (uint32_t)signal, value, mask) : UBPFSIM_INVALID;
}

uint64_t ubpfsim_sv_get_register(void *handle, int index) {
  bench *self = (bench *)handle;
  uint64_t value = 0;
  if (self) ubpfsim_get_register(self->model, (uint32_t)index, &value);
  return value;
}

int ubpfsim_sv_set_register(void *handle, int index, uint64_t value) {
  bench *self = (bench *)handle;
  return self ? (int)ubpfsim_set_register(self->model, (uint32_t)index, value) : UBPFSIM_INVALID;
}

uint64_t ubpfsim_sv_read_memory(void *handle, uint64_t address, uint32_t size) {
  bench *self = (bench *)handle;
  unsigned char bytes[8] = {0};
  uint64_t value = 0;
  if (!self || size > sizeof bytes) return 0;
  if (ubpfsim_read_memory(self->model, address, bytes, size) != UBPFSIM_OK) return 0;
  for (unsigned i = 0; i < size; i++) value |= (uint64_t)bytes[i] << 8 * i;
  return value;
}

int ubpfsim_sv_write_memory(void *handle, uint64_t address, uint32_t size, uint64_t value) {
  bench *self = (bench *)handle;
  unsigned char bytes[8];
  if (!self || size > sizeof bytes) return UBPFSIM_INVALID;
  for (unsigned i = 0; i < size; i++) bytes[i] = (unsigned char)(value >> 8 * i);
  return (int)ubpfsim_write_memory(self->model, address, bytes, size);
}

int ubpfsim_sv_finish(void *handle) {
  bench *self = (bench *)handle;
  return self ? (int)ubpfsim_finish(self->model) : UBPFSIM_INVALID;
}

#ifdef __cplusplus
}
#endif
