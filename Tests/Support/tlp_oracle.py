"""Packs and unpacks packets with cocotbext-pcie, an independent model, for TLPOracleTests.

Reads one JSON object a line, answers with one a line, in the same order:
  {"kind": "tlp", "bytes": HEX, "fields": {...}}   packet without ECRC and prefixes, and its fields in cocotbext-pcie's names
  {"kind": "dllp", "bytes": HEX, "fields": {...}}
  {"kind": "ecrc", "bytes": HEX}                   a whole packet with an ECRC, which cocotbext-pcie does not have
"""

import contextlib
import io
import json
import sys
import zlib

from cocotbext.pcie.core.dllp import Dllp, DllpType
from cocotbext.pcie.core.tlp import CplStatus, Tlp, TlpAt, TlpAttr, TlpFmt, TlpTc
from cocotbext.pcie.core.utils import PcieId

PLAIN = ["th", "td", "ep", "length", "bcm", "byte_count", "tag", "first_be", "last_be", "lower_address", "address", "ph"]
ENUMS = {"tc": TlpTc, "attr": TlpAttr, "at": TlpAt, "status": CplStatus, "fmt": TlpFmt}
IDS = ["requester_id", "completer_id"]


def build(fields, data):
    tlp = Tlp()
    for name in PLAIN:
        setattr(tlp, name, fields[name])
    for name, kind in ENUMS.items():
        setattr(tlp, name, kind(fields[name]))
    for name in IDS:
        setattr(tlp, name, PcieId.from_int(fields[name]))
    tlp.type = fields["type"]
    tlp.data = bytearray(data)
    return tlp


def fields_of(tlp):
    found = {name: int(getattr(tlp, name)) for name in PLAIN + IDS + list(ENUMS)}
    found["type"] = tlp.type
    return found


def passes_check(tlp):
    with contextlib.redirect_stdout(io.StringIO()):
        return tlp.check()


def answer_tlp(question):
    data = bytes.fromhex(question["bytes"])
    tlp = Tlp.unpack(data)
    header = tlp.get_header_size()
    byte_count = tlp.get_be_byte_count()
    completion = Tlp.create_ur_completion_for_tlp(tlp, PcieId.from_int(0x042E))
    return {
        "packed": build(question["fields"], data[header:]).pack().hex(),
        "fields": fields_of(tlp),
        "passes": passes_check(tlp),
        "size": tlp.get_size(),
        "credits": tlp.get_data_credits(),
        "flow_class": tlp.get_fc_type().value,
        "byte_count": byte_count,
        "first_offset": tlp.get_first_be_offset(),
        "lower_address": tlp.get_lower_address(),
        "copy": Tlp(tlp).pack().hex(),
        "completion": completion.pack().hex(),
    }


def answer_dllp(question):
    fields = question["fields"]
    dllp = Dllp()
    dllp.type = DllpType(fields["type"])
    dllp.seq, dllp.hdr_fc, dllp.data_fc = fields["sequence"], fields["header"], fields["data"]
    found = Dllp.unpack_crc(bytes.fromhex(question["bytes"]))
    return {
        "packed": dllp.pack_crc().hex(),
        "fields": {"type": int(found.type), "sequence": found.seq, "header": found.hdr_fc, "data": found.data_fc},
    }


def answer_ecrc(question):
    covered = bytearray.fromhex(question["bytes"])[:-4]
    prefixes = bytearray()
    while covered[0] >> 5 == 4:
        if covered[0] & 0x10:
            prefixes += covered[:4]
        del covered[:4]
    covered[0] |= 0x01
    covered[2] |= 0x40
    return {"ecrc": zlib.crc32(prefixes + covered).to_bytes(4, "little").hex()}


ANSWERS = {"tlp": answer_tlp, "dllp": answer_dllp, "ecrc": answer_ecrc}

# All questions are read before the first answer, so that neither side waits for the other's pipe.
for line in sys.stdin.readlines():
    question = json.loads(line)
    print(json.dumps(ANSWERS[question["kind"]](question)))
