# A loop of 30 instructions, of which a branch skips one in every other turn, with one of everything that costs cycles.
# Four turns.
# r1 points to the data: 64 bytes.
  r6 = r1
  r7 = 0
  r8 = 4
loop:
  r2 = *(u64 *)(r6 + 0)          # load
  r2 += 1                        #   and its use
  *(u64 *)(r6 + 0) = r2          # store
  r3 = *(u32 *)(r6 + 8)          # load, not used next
  r4 = 7
  r3 ^= r4
  r5 = r2
  r5 *= 3                        # multiplication
  r5 += r3                       #   and its use
  r0 = 0x100000001 ll            # two slots
  r0 &= r5
  r4 = r5
  r4 /= 10                       # division
  r4 += 1
  r4 ^= r3
  r9 = 1
  lock *(u64 *)(r6 + 16) += r9   # atomic
  r9 = atomic_fetch_add((u64 *)(r6 + 16), r9)
  r9 += 1                        # use of what the atomic fetched
  if r8 & 1 goto odd             # taken every other time
  r7 += 1
odd:
  if r7 s> 1000000 goto done     # never taken
  r1 = r5
  call double                    # local call and return: 3 instructions
  r7 += r0
  r8 += -1
  if r8 != 0 goto loop
done:
  r0 = r7
  exit
double:
  r0 = r1
  r0 += r1
  exit
