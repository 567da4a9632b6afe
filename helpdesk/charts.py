"""Charts as SVG: one string for the page in light and dark, for print and for paper. Pure.

Colours stand as attributes, for paper, and as classes, by which the pages' style sheet repaints them; each series has a
pattern beside its colour. A chart holds no links: the table beneath it does. Lengths are in the chart's own units.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from markupsafe import Markup, escape

COLOURS = {"c1": "#1d5c88", "c2": "#418c88", "c3": "#bf881d", "c4": "#8993a1", "bad": "#ae241c"}
INK, INK_2, LINE = "#19212c", "#465161", "#e1e5ea"
FACES = "BIZ UDGothic, Noto Sans JP, sans-serif"
PATTERNS = {
    "c2": '<path d="M0 4h8" stroke="#fff" stroke-opacity=".35"/>',
    "c3": '<path d="M0 8L8 0" stroke="#fff" stroke-opacity=".4"/>',
    "c4": '<circle cx="4" cy="4" r="1.1" fill="#fff" fill-opacity=".5"/>',
    "bad": '<path d="M0 0L8 8M0 8L8 0" stroke="#fff" stroke-opacity=".35"/>',
}
ON = {"c1": "#fff", "c2": "#19212c", "c3": "#19212c", "c4": "#19212c", "bad": "#fff"}
"""What a number on a mark is written in."""
LABEL_COLUMNS = 20


@dataclass(frozen=True)
class Series:
    """One class of marks: its words and its tone (a key of COLOURS); `outlined` is drawn beside, not stacked."""

    label: str
    tone: str
    values: Sequence[int]
    outlined: bool = False

    @property
    def total(self) -> int:
        return sum(self.values)


def stacked(title: str, labels: Sequence[str], series: Sequence[Series], *, means: Sequence[int] = ()) -> Markup:
    """Upright bars, one a label, the series on top of each other; `means` are drawn as dashes across."""
    width, height, left, bottom = 560, 250, 34, 24
    piled, beside = [s for s in series if not s.outlined], [s for s in series if s.outlined]
    sums = [sum(s.values[i] for s in piled) for i in range(len(labels))]
    top = _round_up(max([*sums, *(max(s.values, default=0) for s in beside), *means, 1]))
    room, scale = (width - left) / max(len(labels), 1), (height - bottom - 40) / top
    floor = height - bottom
    bar = min(room * (0.42 if beside else 0.52), 60)
    drawn = [_legend(width, [*reversed(piled), *beside]), _grid(left, width, floor, top, scale)]
    for i, label in enumerate(labels):
        middle = left + room * (i + 0.5)
        x, y = middle - bar / 2 - (bar * 0.25 if beside else 0), float(floor)
        for s in piled:
            tall = s.values[i] * scale
            y -= tall
            drawn += _bar(s.tone, (x, y, bar, tall), s.values[i] if len(piled) > 1 and tall >= 13 else None)
        if sums[i]:
            drawn.append(_text(x + bar / 2, y - 5, str(sums[i]), weight=True))
        for s in beside:
            tall, thin = s.values[i] * scale, bar * 0.4
            place = f'x="{x + bar + 3:.1f}" y="{floor - tall:.1f}" width="{thin:.1f}" height="{tall:.1f}"'
            if tall:
                drawn.append(f'<rect class="outlined" {place} rx="2" fill="none" stroke="{INK_2}"/>')
        if means:
            at = floor - means[i] * scale
            ends = f'x1="{middle - room * 0.42:.1f}" x2="{middle + room * 0.42:.1f}"'
            drawn.append(
                f'<line class="mean" {ends} y1="{at:.1f}" y2="{at:.1f}" stroke="{INK_2}" stroke-dasharray="4 3"/>'
            )
        drawn.append(_text(middle, height - 7, label))
    return _chart(title, width, height, drawn)


def bars(title: str, rows: Sequence[tuple[str, Sequence[tuple[str, int]]]], unit: str = "") -> Markup:
    """Lying bars, one a row: its label, and (tone, value) parts one behind the other; the sum at the right."""
    width, left, right, tall = 360, 124, 44, 26
    most = max([sum(value for _tone, value in parts) for _label, parts in rows] or [1]) or 1
    room = width - left - right
    drawn: list[str] = []
    for i, (label, parts) in enumerate(rows):
        y, x = i * tall + 4, float(left)
        drawn.append(_text(0, y + 12, _short(label), anchor="start"))
        drawn.append(f'<rect class="track" x="{left}" y="{y}" width="{room}" height="16" rx="3" fill="#f0f2f5"/>')
        for tone, value in parts:
            wide = value * room / most
            drawn += _bar(tone, (x, y, wide, 16), value if len(parts) > 1 and wide >= 16 else None)
            x += wide
        drawn.append(_text(width, y + 12, f"{sum(v for _t, v in parts)}{unit}", anchor="end", weight=True))
    return _chart(title, width, max(len(rows) * tall + 4, 20), drawn)


def trend(title: str, labels: Sequence[str], values: Sequence[int]) -> Markup:
    """One line over the labels, its area filled; the highest and the last value are written out."""
    width, height, left, bottom = 560, 190, 34, 24
    top, floor = _round_up(max([*values, 1])), height - bottom
    scale, room = (height - bottom - 22) / top, (width - left) / max(len(labels), 1)
    points = [(left + room * (i + 0.5), floor - value * scale) for i, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawn = [_grid(left, width, floor, top, scale)]
    area = f"{points[0][0]:.1f},{floor} {path} {points[-1][0]:.1f},{floor}"
    drawn.append(f'<polygon class="area" points="{area}" fill="#e5f0f7"/>')
    drawn.append(f'<polyline class="line" points="{path}" fill="none" stroke="{COLOURS["c1"]}" stroke-width="2"/>')
    told = {len(values) - 1, values.index(max(values))}
    for i, (x, y) in enumerate(points):
        round_ = f'cx="{x:.1f}" cy="{y:.1f}" r="{4 if i in told else 2.5}"'
        drawn.append(f'<circle class="c1" {round_} fill="{COLOURS["c1"]}"/>')
        if i in told:
            drawn.append(_text(x, y - 9, str(values[i]), weight=True))
        drawn.append(_text(x, height - 7, labels[i]))
    return _chart(title, width, height, drawn)


def _chart(title: str, width: int, height: int, drawn: Sequence[str]) -> Markup:
    # a page may hold several charts, and a name is one chart's
    own = f"p{crc32(title.encode()):08x}"
    kind = "drawing" if width > 400 else "drawing slim"
    patterns = "".join(
        f'<pattern id="{own}-{tone}" width="8" height="8" patternUnits="userSpaceOnUse">{inside}</pattern>'
        for tone, inside in PATTERNS.items()
    )
    return Markup(  # noqa: S704 - every text in it was escaped where it was drawn
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img" viewBox="0 0 {width} {height}" '
        f'font-family="{FACES}" font-size="12"><title>{escape(title)}</title><defs>{patterns}</defs>'
        f"{''.join(drawn).replace('url(#p-', f'url(#{own}-')}</svg>"
    )


def _legend(width: int, series: Sequence[Series]) -> str:
    """A square and the words of each series with its total, at the top right."""
    drawn, x = [], float(width)
    for s in reversed(series):
        words = f"{s.label} {s.total}"
        x -= _columns(words) * 6.4
        drawn.append(_text(x, 12, words, anchor="start"))
        x -= 16
        place = f'x="{x:.1f}" y="2" width="11" height="11" rx="2"'
        if s.outlined:
            drawn.append(f'<rect class="outlined" {place} fill="none" stroke="{INK_2}"/>')
        else:
            drawn += _bar(s.tone, (x, 2, 11, 11), None)
        x -= 14
    return "".join(drawn)


def _columns(words: str) -> int:
    """How wide a text is, in half-width letters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in words)


def _grid(left: int, right: int, floor: int, top: int, scale: float) -> str:
    """Lines at the quarters, or at each whole number where there are fewer."""
    steps = sorted({top * i // 4 for i in range(5)})
    return "".join(
        f'<line class="grid" x1="{left}" x2="{right}" y1="{floor - step * scale:.1f}" y2="{floor - step * scale:.1f}" '
        f'stroke="{LINE}"/>' + _text(left - 8, floor - step * scale + 4, str(step), anchor="end")
        for step in steps
    )


def _bar(tone: str, place: tuple[float, float, float, float], number: int | None) -> list[str]:
    x, y, wide, tall = place
    if wide <= 0 or tall <= 0:
        return []
    where = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="2"'
    drawn = [f'<rect class="{tone}" {where} fill="{COLOURS[tone]}" stroke="#fff" stroke-width="1"/>']
    if tone in PATTERNS:
        drawn.append(f'<rect {where} fill="url(#p-{tone})"/>')
    if number is not None:
        words = _text(x + wide / 2, y + tall / 2 + 4, str(number))
        drawn.append(words.replace("<text", f'<text class="on-{tone}"').replace(INK_2, ON[tone]))
    return drawn


def _text(x: float, y: float, words: str, *, anchor: str = "middle", weight: bool = False) -> str:
    bold = f' font-weight="600" fill="{INK}" class="strong"' if weight else f' fill="{INK_2}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{bold}>{escape(words)}</text>'


def _short(label: str) -> str:
    """What fits beside a bar; the table tells the whole."""
    kept = label
    while _columns(kept) > LABEL_COLUMNS:
        kept = kept.removesuffix("…")[:-1] + "…"
    return kept


def _round_up(value: int) -> int:
    """The next of 4, 8, 12, 16, 20, 40, 60, 80, 100, 120, 160, 200, ...: its quarters are whole numbers."""
    decade = 1
    while value > 20 * decade:
        decade *= 10 if value > 200 * decade else 5
    return next(step * decade for step in (4, 8, 12, 16, 20) if step * decade >= value)
