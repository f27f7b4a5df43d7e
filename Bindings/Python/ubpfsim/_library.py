"""libubpfsim.so as ctypes sees it: the structures and functions of ubpfsim.h."""

import ctypes
import ctypes.util
import functools
import os
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p

ABI_VERSION = 1
OK, DIFFERENT, INVALID, FAULT, END = range(5)
MAX_WRITES, MAX_ACCESSES, MAX_FAULT = 5, 2, 32


class Write(ctypes.Structure):
    _fields_ = [("value", c_uint64), ("index", c_uint64)]


class AccessStruct(ctypes.Structure):
    _fields_ = [("address", c_uint64), ("value", c_uint64), ("size", c_uint32), ("is_store", c_uint32)]


class CommitStruct(ctypes.Structure):
    _fields_ = [
        ("core", c_uint32), ("run", c_uint32), ("order", c_uint64), ("pc", c_uint64), ("instruction", c_uint64),
        ("cycle", c_uint64), ("time", c_uint64), ("write_count", c_uint32), ("access_count", c_uint32),
        ("writes", Write * MAX_WRITES), ("accesses", AccessStruct * MAX_ACCESSES), ("fault", ctypes.c_char * MAX_FAULT),
    ]


class RulesStruct(ctypes.Structure):
    _fields_ = [("ignored", c_uint64), ("register_masks", c_uint64 * 11), ("cycle_tolerance", c_uint64)]


_FUNCTIONS = {
    "ubpfsim_abi_version": [],
    "ubpfsim_open_scenario": [c_uint32, c_char_p, POINTER(c_void_p), c_char_p, c_size_t],
    "ubpfsim_open_program": [c_uint32, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(c_void_p), c_char_p, c_size_t],
    "ubpfsim_close": [c_void_p],
    "ubpfsim_message": [c_void_p, c_char_p, c_size_t, POINTER(c_size_t)],
    "ubpfsim_run_until": [c_void_p, c_uint64],
    "ubpfsim_time": [c_void_p, POINTER(c_uint64)],
    "ubpfsim_step": [c_void_p, POINTER(CommitStruct)],
    "ubpfsim_default_rules": [POINTER(RulesStruct)],
    "ubpfsim_check_commit": [c_void_p, POINTER(CommitStruct), POINTER(RulesStruct)],
    "ubpfsim_check_tlp": [c_void_p, c_char_p, c_int, c_char_p, c_size_t, c_uint64, c_uint64],
    "ubpfsim_set_tlp_rules": [c_void_p, c_int, c_char_p],
    "ubpfsim_find_signal": [c_void_p, c_char_p, POINTER(c_uint32), POINTER(c_uint32)],
    "ubpfsim_read_signal": [c_void_p, c_uint32, POINTER(c_uint64)],
    "ubpfsim_check_signal": [c_void_p, c_uint32, c_uint64, c_uint64],
    "ubpfsim_finish": [c_void_p],
    "ubpfsim_counts": [c_void_p, POINTER(c_uint64), POINTER(c_uint64), POINTER(c_uint64)],
    "ubpfsim_difference": [c_void_p, c_uint64, c_char_p, c_size_t, POINTER(c_size_t)],
    "ubpfsim_get_register": [c_void_p, c_uint32, POINTER(c_uint64)],
    "ubpfsim_set_register": [c_void_p, c_uint32, c_uint64],
    "ubpfsim_read_memory": [c_void_p, c_uint64, c_char_p, c_size_t],
    "ubpfsim_write_memory": [c_void_p, c_uint64, c_char_p, c_size_t],
}


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The library, loaded once.

    Raises OSError when there is none, RuntimeError for one of another version.
    """
    path = os.environ.get("UBPFSIM_LIBRARY") or ctypes.util.find_library("ubpfsim") or "libubpfsim.so"
    found = ctypes.CDLL(path)
    for name, arguments in _FUNCTIONS.items():
        function = getattr(found, name)
        function.argtypes = arguments
        function.restype = None if name in ("ubpfsim_close", "ubpfsim_default_rules") else c_int
    version = found.ubpfsim_abi_version()
    if version != ABI_VERSION:
        raise RuntimeError(f"{path}: found version {version}, expected {ABI_VERSION}: install library and module together")
    return found
