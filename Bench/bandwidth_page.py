"""The figures of docs/bandwidth.md and the curves of docs/bandwidth.svg, from what curves.py measured."""

import math
import re

from wire import LINKS, ROOT, SIZES, Link, Point, Setting, published, size_name

PAGE = ROOT / "docs" / "bandwidth.md"
DRAWING = ROOT / "docs" / "bandwidth.svg"

# Of the drawing, in pixels: two panels side by side.
PANEL_WIDTH, PANEL_HEIGHT = 380, 320
LEFT, TOP, GAP = 62, 56, 70
TOP_RATE, RATE_STEP = 140, 20
COLOURS = dict(zip(LINKS, ["#0b5cad", "#d1495b", "#2e8b57", "#8a6100"]))
TEXT = "#1f2328"


def write(points: dict[Link, list[Point]], tables: dict[str, tuple[list[str], list[list[str]]]]) -> None:
    DRAWING.write_text(drawing(points))
    page = PAGE.read_text()
    for name, (headings, rows) in tables.items():
        begin, end = f"<!-- curves.py: {name} -->\n", "<!-- end -->"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        table = begin + markdown(headings, rows) + end
        page, found = pattern.subn(lambda _: table, page)
        if found != 1:
            raise SystemExit(f"bandwidth_page: found {found} places for '{name}' in {PAGE.name}, expected 1")
    PAGE.write_text(page)


def markdown(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---:"] * len(headings), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def x(size: int) -> float:
    span = math.log2(SIZES[-1] / SIZES[0])
    return PANEL_WIDTH * math.log2(size / SIZES[0]) / span


def y(rate: float) -> float:
    return PANEL_HEIGHT * (1 - rate / TOP_RATE)


def text(px: float, py: float, content: str, anchor: str = "middle", extra: str = "") -> str:
    return f'<text x="{px:.1f}" y="{py:.1f}" text-anchor="{anchor}" {extra}>{content}</text>'


def axes(title: str) -> list[str]:
    parts = [text(PANEL_WIDTH / 2, -14, title, extra='font-size="15" font-weight="600"')]
    for rate in range(0, TOP_RATE + 1, RATE_STEP):
        parts.append(f'<line x1="0" x2="{PANEL_WIDTH}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" stroke="#d8dee4"/>')
        parts.append(text(-8, y(rate) + 4, str(rate), "end"))
    for index, size in enumerate(SIZES):
        parts.append(f'<path d="M{x(size):.1f} {PANEL_HEIGHT}v4" stroke="{TEXT}"/>')
        if index % 2 == 0:
            parts.append(text(x(size), PANEL_HEIGHT + 18, size_name(size), extra='font-size="11"'))
    parts.append(f'<path d="M0 0V{PANEL_HEIGHT}H{PANEL_WIDTH}" fill="none" stroke="{TEXT}"/>')
    parts.append(text(PANEL_WIDTH / 2, PANEL_HEIGHT + 40, "size of a transfer (log scale)"))
    parts.append(
        f'<text transform="translate(-44 {PANEL_HEIGHT / 2}) rotate(-90)" text-anchor="middle">payload, Gb/s</text>')
    return parts


def panel(points: dict[Link, list[Point]], is_read: bool) -> list[str]:
    parts = axes("Reads from host memory, MRRS 512" if is_read else "Writes to host memory")
    for link, curve in points.items():
        colour = COLOURS[link]
        places = [
            (x(point.size), y(Setting(link, point.size, is_read).gigabits(point.read if is_read else point.write)))
            for point in curve]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for px, py in places:
            parts.append(f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.6" fill="{colour}"/>')
    for link in points:
        for size in SIZES:
            rate = published(link, size, is_read)
            if rate is not None:
                parts.append(diamond(x(size), y(rate), COLOURS[link]))
    return parts


def diamond(px: float, py: float, colour: str) -> str:
    return f'<path d="M{px:.1f} {py - 5:.1f}l5 5l-5 5l-5 -5z" fill="#ffffff" stroke="{colour}" stroke-width="1.5"/>'


def legend(width: float) -> list[str]:
    parts = []
    step = (width - 60) / len(LINKS)
    for index, link in enumerate(LINKS):
        px = 30 + index * step
        parts.append(f'<line x1="{px}" x2="{px + 26}" y1="0" y2="0" stroke="{COLOURS[link]}" stroke-width="2"/>')
        parts.append(f'<circle cx="{px + 13}" cy="0" r="2.6" fill="{COLOURS[link]}"/>')
        parts.append(text(px + 32, 4, link.name, "start"))
    parts.append(diamond(43, 24, TEXT))
    parts.append(text(62, 28, "published model (pcie-bench, SIGCOMM 2018) of the link with this colour", "start"))
    return parts


def drawing(points: dict[Link, list[Point]]) -> str:
    width = LEFT + PANEL_WIDTH + GAP + PANEL_WIDTH + 34
    height = TOP + PANEL_HEIGHT + 112
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="{TEXT}">',
        "<title>Bandwidth on the wire over the size of transfers</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for index, is_read in enumerate((False, True)):
        parts.append(f'<g transform="translate({LEFT + index * (PANEL_WIDTH + GAP)} {TOP})">')
        parts += panel(points, is_read) + ["</g>"]
    parts.append(f'<g transform="translate(20 {TOP + PANEL_HEIGHT + 64})">')
    parts += legend(width - 40) + ["</g>", "</svg>"]
    return "\n".join(parts) + "\n"
