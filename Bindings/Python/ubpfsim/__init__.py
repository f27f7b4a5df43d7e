"""The model of the 1de5:3000 device, for test benches in Python.

It needs libubpfsim.so, which `make install` puts where the system looks for libraries; the environment variable
UBPFSIM_LIBRARY names another one. `ubpfsim.cocotb` has what a cocotb bench needs on top.
"""

from ubpfsim.model import (
    ABI_VERSION,
    Access,
    Commit,
    Counts,
    Error,
    Ignore,
    Model,
    ModelFault,
    Rules,
)

__all__ = ["ABI_VERSION", "Access", "Commit", "Counts", "Error", "Ignore", "Model", "ModelFault", "Rules"]
