#include "ubpfsim.h"

// Other languages lay these structures out by hand.
_Static_assert(sizeof(ubpfsim_write) == 16, "write");
_Static_assert(sizeof(ubpfsim_access) == 24, "access");
_Static_assert(sizeof(ubpfsim_commit) == 216, "commit");
_Static_assert(offsetof(ubpfsim_commit, writes) == 56, "writes");
_Static_assert(offsetof(ubpfsim_commit, accesses) == 136, "accesses");
_Static_assert(offsetof(ubpfsim_commit, fault) == 184, "fault");
_Static_assert(sizeof(ubpfsim_commit_rules) == 104, "rules");
