// Runs a program of raw slots once in uBPF's interpreter, bounds checks on, with 4096 zero bytes of memory.
// Prints the seconds that it took.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ubpf.h"

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

int main(int count, char **arguments) {
  static unsigned char program[1 << 16], memory[4096];
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  if (!file) return fprintf(stderr, "usage: ubpf PROGRAM.bin\n"), 2;
  size_t length = fread(program, 1, sizeof program, file);
  struct ubpf_vm *vm = ubpf_create();
  char *message = NULL;
  if (!vm || ubpf_load(vm, program, length, &message)) {
    return fprintf(stderr, "ubpf: %s\n", message ? message : "no machine"), 1;
  }
  uint64_t result = 0;
  double start = seconds();
  if (ubpf_exec(vm, memory, sizeof memory, &result)) return fprintf(stderr, "ubpf: the program failed\n"), 1;
  printf("%.6f s, r0 = 0x%llx\n", seconds() - start, (unsigned long long)result);
  return 0;
}
