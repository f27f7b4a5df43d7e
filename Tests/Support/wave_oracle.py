"""Values in waveform files as pywellen, the reader behind Surfer, sees them.

Reads {"file": path, "questions": [[signal, picoseconds], ...]} from standard input, writes a list of strings: the digits
of vectors, numbers and texts as they are, null for what it does not know.
"""

import json
import sys

import pywellen

request = json.load(sys.stdin)
variables = {variable.full_name: variable for variable in pywellen.Waveform(request["file"]).all_vars()}


def answer(path, time):
    variable = variables[path]
    value = variable.signal.value_at(time)
    if isinstance(value, int):
        return format(value, "b").zfill(variable.bitwidth)
    return value if value is None else str(value)


json.dump([answer(*question) for question in request["questions"]], sys.stdout)
