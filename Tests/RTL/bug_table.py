"""The table of seeded bugs, each of which has to be found by the right difference."""

import concurrent.futures
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from bugs import Bug


def look_for(
    bug: Bug, bench: Path, inputs: list[Path], run: Callable[[Path, Path], tuple[int, str]], difference: Callable[[str], str]
) -> tuple[bool, str]:
    """Whether the bug was found by the right difference, and its line of the table."""
    for count, path in enumerate(inputs, 1):
        same, text = run(bench, path)
        if same:
            continue
        first = difference(text)
        is_right = re.match(bug.first, first) is not None
        return is_right, f"{bug.kind:11}  {bug.name:46}  {'found' if is_right else 'WRONG':5}  {count:4}  {first[:72]}"
    return False, f"{bug.kind:11}  {bug.name:46}  MISSED  {len(inputs):3}"


def show(
    bugs: list[Bug], count: int, build: Callable[[int], Path], inputs: list[Path],
    run: Callable[[Path, Path], tuple[int, str]], difference: Callable[[str], str], *, what: str
) -> None:
    """Looks for `count` of the bugs, evenly among the kinds, and prints a line for each; exits with 1 when one is not found.

    - build: makes the bench of the bug of a number
    - run: what a bench does with one of `inputs`: whether it saw no difference, and what it said
    - difference: what it said, without what is not in the table
    - what: one of `inputs` in words
    """
    if count == 0:
        return
    chosen = [index * len(bugs) // count for index in range(count)]
    print(f"\n{'kind':11}  {'bug':46}  {'':5}  {'after':>4}  first difference")
    found = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for is_right, line in pool.map(
                lambda number: look_for(bugs[number], build(number), inputs, run, difference), chosen):
            found += is_right
            print(line, flush=True)
    print(f"\n{found} of {count} bugs found, by the right difference; 'after' counts the {what}s up to it")
    if found != count:
        sys.exit(1)
