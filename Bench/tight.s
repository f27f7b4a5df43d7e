# 20 million times eight instructions: arithmetic, a load, a store and a branch. r1 points to 4096 bytes.
  r0 = 0
  r2 = 20000000
loop:
  r3 = r2
  r3 &= 0xff8
  r3 += r1
  r4 = *(u64 *)(r3 + 0)
  r0 ^= r4
  *(u64 *)(r3 + 0) = r0
  r2 += -1
  if r2 != 0 goto loop
  exit
