/// The model of the 1de5:3000 device as a library, for test benches in any language: libubpfsim.so.
///
/// A test bench opens a model, runs its design, and tells the model what the design did; the model does the same step and
/// says whether it is the same. Differences are collected, none ends the test bench.
///
/// Rules that hold for all functions:
/// - They return one of `ubpfsim_status`. Nothing is thrown, no signal raised, nothing printed, and no input crashes.
/// - Whoever opens a model closes it. The library keeps no pointer that it is given beyond the call.
/// - A model is used by one thread at a time; different models by as many threads as one likes.
/// - Texts are UTF-8. A function that writes a text takes a buffer and its size, writes at most so much with a NUL at the
///   end, and returns through `needed`, unless that is NULL, what all of it takes, the NUL included.
/// - Times are picoseconds, sizes bytes, addresses those of the program.
#ifndef UBPFSIM_H
#define UBPFSIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The version of this header. It grows when a structure or a function changes its meaning.
#define UBPFSIM_ABI_VERSION 1

typedef enum ubpfsim_status {
  /// Done; of a comparison: the same.
  UBPFSIM_OK = 0,
  /// Design and model differ. What differs is in the list of differences.
  UBPFSIM_DIFFERENT = 1,
  /// The call makes no sense: the text of `ubpfsim_message` says why.
  UBPFSIM_INVALID = 2,
  /// The model found a fault of its own, of which `ubpfsim_message` tells.
  UBPFSIM_FAULT = 3,
  /// The model has ended.
  UBPFSIM_END = 4
} ubpfsim_status;

/// A model.
typedef struct ubpfsim ubpfsim;

/// A register that an instruction wrote.
typedef struct ubpfsim_write {
  uint64_t value;
  /// 0...10.
  uint64_t index;
} ubpfsim_write;

/// A memory access of an instruction.
typedef struct ubpfsim_access {
  uint64_t address;
  /// The bytes in memory as a little-endian number, zero-extended.
  uint64_t value;
  /// 1, 2, 4 or 8.
  uint32_t size;
  /// 0: a load, 1: a store.
  uint32_t is_store;
} ubpfsim_access;

#define UBPFSIM_MAX_WRITES 5
#define UBPFSIM_MAX_ACCESSES 2
#define UBPFSIM_MAX_FAULT 32

/// What one retired instruction did (specs/commit-log.md).
typedef struct ubpfsim_commit {
  /// The core, and its run, from 0.
  uint32_t core;
  uint32_t run;
  /// The instruction within its run, from 0.
  uint64_t order;
  /// Its slot, and its 8 bytes as a little-endian number; of LDDW the first slot.
  uint64_t pc;
  uint64_t instruction;
  /// The edge of the core's clock at which it retired, and that in picoseconds; 0 when unknown.
  uint64_t cycle;
  uint64_t time;
  uint32_t write_count;
  uint32_t access_count;
  /// In rising order of the register.
  ubpfsim_write writes[UBPFSIM_MAX_WRITES];
  /// In the order in which they reach memory: of an atomic first the load, then the store.
  ubpfsim_access accesses[UBPFSIM_MAX_ACCESSES];
  /// Why it did not retire, with a NUL at the end; empty when it did.
  char fault[UBPFSIM_MAX_FAULT];
} ubpfsim_commit;

/// Parts of a commit that a comparison may leave out.
enum {
  UBPFSIM_IGNORE_PC = 1,
  UBPFSIM_IGNORE_INSTRUCTION = 2,
  UBPFSIM_IGNORE_FAULT = 4,
  UBPFSIM_IGNORE_LOADS = 8,
  UBPFSIM_IGNORE_STORES = 16,
  /// The numbers of core, run and instruction: a design that does not count them.
  UBPFSIM_IGNORE_PLACE = 32
};

/// What counts when commits are compared.
typedef struct ubpfsim_commit_rules {
  /// Bits of UBPFSIM_IGNORE_….
  uint64_t ignored;
  /// By register: the bits of a written value that count; 0 for a register that may be what it likes.
  uint64_t register_masks[11];
  /// How many cycles may be more or less since the first commit of the run; UINT64_MAX when time is free.
  uint64_t cycle_tolerance;
} ubpfsim_commit_rules;

// MARK: - Opening and closing

/// The version of the library; one that is not UBPFSIM_ABI_VERSION refuses to open a model.
uint32_t ubpfsim_abi_version(void);

/// Opens a model of the whole system of a scenario. Its commits are those of the first device's core.
///
/// - abi_version: UBPFSIM_ABI_VERSION
/// - path: of the scenario
/// - model: gets the model, NULL on failure
/// - message, capacity: get the reason of a failure; may be NULL and 0
///
/// UBPFSIM_INVALID: a wrong scenario, or a version that the library does not have.
ubpfsim_status ubpfsim_open_scenario(uint32_t abi_version, const char *path, ubpfsim **model, char *message,
                                     size_t capacity);

/// Opens a model of a core alone, without timing, about to execute `program`: an ELF object or raw slots. It may be stepped
/// in lock-step with a design, and told what it cannot know.
///
/// - data, data_size: what lies in DATA, at 0x400000; r1 is its address and r2 its length, or both 0 when it is empty
///
/// UBPFSIM_INVALID: a program that cannot be loaded, or a version that the library does not have.
ubpfsim_status ubpfsim_open_program(uint32_t abi_version, const void *program, size_t program_size, const void *data,
                                    size_t data_size, ubpfsim **model, char *message, size_t capacity);

/// Gives everything back. NULL is ignored.
void ubpfsim_close(ubpfsim *model);

/// Why the latest call that did not return UBPFSIM_OK did so; empty when there was none.
ubpfsim_status ubpfsim_message(const ubpfsim *model, char *text, size_t capacity, size_t *needed);

// MARK: - Stepping

/// Lets a scenario go on until `time`; one of a program has no time. UBPFSIM_END: the scenario has ended.
ubpfsim_status ubpfsim_run_until(ubpfsim *model, uint64_t time);

/// Where the model is; 0 of a program.
ubpfsim_status ubpfsim_time(const ubpfsim *model, uint64_t *time);

/// The next instruction of the model. UBPFSIM_END: there is none.
ubpfsim_status ubpfsim_step(ubpfsim *model, ubpfsim_commit *commit);

// MARK: - Comparing

/// Rules under which everything counts but time.
void ubpfsim_default_rules(ubpfsim_commit_rules *rules);

/// Compares the next instruction of the model with what the design did.
///
/// - rules: NULL for those of `ubpfsim_default_rules`
///
/// UBPFSIM_DIFFERENT: it is another one, or the model has ended.
ubpfsim_status ubpfsim_check_commit(ubpfsim *model, const ubpfsim_commit *design, const ubpfsim_commit_rules *rules);

/// Compares a TLP that the design sent with the next one that the model sends there. Only scenarios have links.
///
/// - link: its name, as in "link"; or that of a device, as in "device", for what passes between its PCI Express block and the
///   user logic behind it (specs/check.md)
/// - is_up: whether it goes to the host
/// - packet, size: header, with prefixes, and payload, as they are on the wire, without sequence number and LCRC
/// - time: when its first byte was on the wire
/// - time_tolerance: how much more or less time may have passed since the first TLP there; UINT64_MAX when time is free
ubpfsim_status ubpfsim_check_tlp(ubpfsim *model, const char *link, int is_up, const void *packet, size_t size,
                                 uint64_t time, uint64_t time_tolerance);

/// What counts from now on when TLPs are compared.
///
/// - by_class: whether posted requests, non-posted ones and completions are each in their own order, and may pass each other;
///   at first they may not
/// - ignored: fields that do not count, by their names in logs (specs/tlp-log.md) with blanks between, as in "tag attr"; NULL
///   for none
///
/// UBPFSIM_INVALID: there is no such field.
ubpfsim_status ubpfsim_set_tlp_rules(ubpfsim *model, int by_class, const char *ignored);

/// Finds a signal of a scenario's model by its path in waveforms, as in "device.core.memory.result": a flip-flop of a component.
///
/// - signal: gets the number that the next two functions take
/// - width: gets the bits that it has, at most 64; may be NULL
///
/// UBPFSIM_INVALID: there is no such signal, or the model is one of a program.
ubpfsim_status ubpfsim_find_signal(ubpfsim *model, const char *path, uint32_t *signal, uint32_t *width);

/// The value of a signal behind the last edge up to `ubpfsim_time`; of an enumeration the place of its case, from 0. For
/// lock-step by the cycle let the scenario go on by `ubpfsim_run_until` before.
ubpfsim_status ubpfsim_read_signal(ubpfsim *model, uint32_t signal, uint64_t *value);

/// Compares a signal with what the design has there, as far as bits of `mask` are set.
ubpfsim_status ubpfsim_check_signal(ubpfsim *model, uint32_t signal, uint64_t design, uint64_t mask);

/// The design has ended. Whatever the model has not been asked about is a difference, and so is having compared nothing.
ubpfsim_status ubpfsim_finish(ubpfsim *model);

/// How many commits and TLPs were compared, and how many differences were found.
ubpfsim_status ubpfsim_counts(const ubpfsim *model, uint64_t *commits, uint64_t *tlps, uint64_t *differences);

/// Difference `index`, from 0, in words. The list has the first thousand.
ubpfsim_status ubpfsim_difference(const ubpfsim *model, uint64_t index, char *text, size_t capacity, size_t *needed);

// MARK: - What the model cannot know

/// Registers of a program's model between two steps.
ubpfsim_status ubpfsim_get_register(const ubpfsim *model, uint32_t index, uint64_t *value);
/// Gives the model the value that a design chose, such as the result of a helper that counts time.
ubpfsim_status ubpfsim_set_register(ubpfsim *model, uint32_t index, uint64_t value);

/// Memory of a program's model: DATA, the stack, the program's data.
ubpfsim_status ubpfsim_read_memory(const ubpfsim *model, uint64_t address, void *bytes, size_t size);
ubpfsim_status ubpfsim_write_memory(ubpfsim *model, uint64_t address, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
