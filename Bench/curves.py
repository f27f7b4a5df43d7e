#!/usr/bin/env python3
"""Bandwidth on the wire over sizes, links and read requests, beside closed forms and a published model.

A peer moves transfers of one size back to back, to or from host memory. Measured is what its link carries, from the
first byte of the first packet with data to the last byte of the last. Writes its scenarios below .build/bench; with
--page also the figures of docs/bandwidth.md and docs/bandwidth.svg.
"""

import argparse
import sys
from pathlib import Path

import bandwidth_page
from wire import LINKS, OUT, SIMULATOR, SIZES, Link, Point, Setting, measure_ns, measure_point, published, size_name

READ_REQUESTS = [128 << n for n in range(6)]
# Bytes that a peer reads for the table of long reads, at 64 KiB a transfer where MRRS varies.
LONG_TOTAL = 1 << 20
SWEPT_SIZE = 65_536

HEADINGS = [
    "size", "write", "form", "off by", "read, no DLLPs", "form", "off by", "read", "form", "off by", "published write",
    "published read"]
LONG_HEADINGS = ["link", "size", "MRRS", "Gb/s", "TLPs only", "with DLLPs"]


def cells(point: Point) -> list[str]:
    """Writes, reads without DLLPs, reads with them: Gb/s measured and by the closed form, and the difference."""
    write, read = Setting(point.link, point.size, False), Setting(point.link, point.size, True)
    dllps = read.closed_form_ns + read.read_dllps_ns
    cells = [size_name(point.size)]
    for setting, measured, expected in [
        (write, point.write, write.closed_form_ns), (read, point.bare_read, read.closed_form_ns),
        (read, point.read, dllps),
    ]:
        off = f"{setting.off_by(measured, expected):+.2f}"
        cells += [f"{setting.gigabits(measured):.2f}", f"{setting.gigabits(expected):.2f}", off]
    theirs = [published(point.link, point.size, is_read) for is_read in (False, True)]
    return cells + ["" if value is None else f"{value:.2f}" for value in theirs]


def long_read_cells(setting: Setting, simulator: Path) -> list[str]:
    """How far reads are from the closed form, without DLLPs and with them."""
    measured = measure_ns(setting, simulator)
    offs = [0, setting.read_dllps_ns]
    return [
        setting.link.name, size_name(setting.size), str(setting.link.max_read_request),
        f"{setting.gigabits(measured):.2f}",
        *(f"{setting.off_by(measured, setting.closed_form_ns + dllps):+.2f}" for dllps in offs)]


def long_reads(simulator: Path) -> list[list[str]]:
    sizes = [Setting(link, size, True, at_least=LONG_TOTAL) for link in LINKS for size in (64, 128, 256, 4096)]
    requests = [Setting(link, SWEPT_SIZE, True, at_least=LONG_TOTAL) for link in read_request_links()]
    return [long_read_cells(setting, simulator) for setting in sizes + requests]


def read_request_links() -> list[Link]:
    return [Link("gen3x8", 8, 8, 256, request) for request in READ_REQUESTS]


def print_table(headings: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    for row in [headings, *rows]:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
    print()


def worst(points: list[Point]) -> str:
    """How far the furthest of the points is from its closed form."""
    writes = [abs(Setting(p.link, p.size, False).off_by(ns, Setting(p.link, p.size, False).closed_form_ns))
              for p in points for ns in (p.write, p.bare_write)]
    reads = [(Setting(p.link, p.size, True), p) for p in points]
    bare = [abs(read.off_by(p.bare_read, read.closed_form_ns)) for read, p in reads]
    full = [abs(read.off_by(p.read, read.closed_form_ns + read.read_dllps_ns)) for read, p in reads]
    return (f"furthest from the closed form, in TLP times: writes {max(writes):.2f}, "
            f"reads without DLLPs {max(bare):.2f}, with DLLPs {max(full):.2f}")


def summary(simulator: Path = SIMULATOR) -> list[list[str]]:
    """Per link, writes and reads with DLLPs at a few sizes: measured / closed form, in Gb/s."""
    rows = []
    for link in LINKS:
        for is_read in (False, True):
            row = [f"{link.name}, {'read' if is_read else 'write'}"]
            for size in (64, 256, 4096, 1 << 20):
                setting = Setting(link, size, is_read)
                expected = setting.closed_form_ns + (setting.read_dllps_ns if is_read else 0)
                measured = measure_ns(setting, simulator)
                row.append(f"{setting.gigabits(measured):.2f} / {setting.gigabits(expected):.2f}")
            rows.append(row)
    return rows


SUMMARY_HEADINGS = ["Gb/s on the wire, measured / closed form", "64 B", "256 B", "4 KiB", "1 MiB"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulator", type=Path, default=SIMULATOR, help="the ubpf-sim to run (default: the release)")
    parser.add_argument("--page", action="store_true", help="write the figures into docs/bandwidth.md and .svg")
    arguments = parser.parse_args()
    if not arguments.simulator.exists():
        sys.exit(f"curves: found no {arguments.simulator}, expected a build of ubpf-sim")
    OUT.mkdir(parents=True, exist_ok=True)

    points = {link: [measure_point(link, size, arguments.simulator) for size in SIZES] for link in LINKS}
    requests = {link: measure_point(link, SWEPT_SIZE, arguments.simulator) for link in read_request_links()}
    tables = {link.name: (HEADINGS, [cells(point) for point in points[link]]) for link in LINKS}
    tables["MRRS"] = (
        ["MRRS", *HEADINGS[4:10]],
        [[str(link.max_read_request), *cells(point)[4:10]] for link, point in requests.items()])
    tables["long reads"] = (LONG_HEADINGS, long_reads(arguments.simulator))
    for name, (headings, rows) in tables.items():
        print(name)
        print_table(headings, rows)
    print(worst([point for curve in points.values() for point in curve] + list(requests.values())))
    if arguments.page:
        bandwidth_page.write(points, tables)


if __name__ == "__main__":
    main()
