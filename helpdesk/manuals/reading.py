"""A manual as its sections: titles, pages and text, however it was written. Pure values; see pdfs and web_pages."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

TITLE_MAX = 200
ANCHOR_MAX = 200
SECTION_TEXT_MAX = 100_000
SECTIONS_MAX = 5_000
_NOT_SLUG = re.compile(r"[^\w]+")
_UNFINISHED = re.compile(r"[^\s。．.!?！？:：;；]$")
_CONTINUES = re.compile(r"[^\s•・●○◆■▪–—*\-#>$|\d]")
_NUMBERING = re.compile(r"^(?:第\s*\d{1,3}\s*[章節部]|[\da-z]{1,3}(?:\.\d{1,3})+\.?|\d{1,3}[.:])\s*(?=\S)")


class Trouble(StrEnum):
    """What keeps a page, or the whole file, from being read."""

    no_text = "no_text"
    """An image without text: scanned, or a full-page picture."""
    unreadable = "unreadable"
    """The page's content is damaged."""
    damaged = "damaged"
    """The file as a whole cannot be opened."""
    encrypted = "encrypted"
    too_long = "too_long"
    cut = "cut"
    """One section is longer than SECTION_TEXT_MAX and was cut there; `name` is its title."""
    no_sections = "no_sections"


@dataclass(frozen=True)
class PageTrouble:
    """`page` counts from 1 as a viewer does; 0 is the whole file, for HTML the order of the files."""

    page: int
    what: Trouble
    name: str = ""


@dataclass(frozen=True)
class ReadSection:
    """`page` counts from 1; `label` is the number printed on it. `level` 1 is a chapter. HTML has no pages.

    `anchor` is the id of its heading, which a link into the source ends with.
    """

    title: str
    level: int
    text: str
    page: int | None = None
    label: str | None = None
    cut: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class ReadManual:
    """What a file holds. With troubles on page 0 there are no sections: nothing is half-read."""

    sections: tuple[ReadSection, ...]
    pages: int
    troubles: tuple[PageTrouble, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing of it can be used."""
        return not self.sections


def cuts(sections: Iterable[ReadSection]) -> tuple[PageTrouble, ...]:
    """What to tell of sections that were cut."""
    return tuple(PageTrouble(section.page or 0, Trouble.cut, section.title) for section in sections if section.cut)


def clean(text: str) -> str:
    """One manual's words as plain text: composed characters, no control characters, no runs of blanks."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c)[0] != "C")
    return re.sub(r"[ \t　]+", " ", kept).strip()


def reflow(text: str) -> str:
    """Lines that were broken only because the page was full joined again: Japanese without, English with a blank."""
    lines = text.splitlines()
    full = max((_width(line) for line in lines), default=0) * 0.7
    joined: list[list[str]] = []
    broken = False
    for line in lines:
        if broken and joined and _CONTINUES.match(line):
            blank = " " if joined[-1][-1][-1:].isascii() or line[:1].isascii() else ""
            joined[-1].append(blank + line)
        else:
            joined.append([line])
        broken = _width(line) >= full and _UNFINISHED.search(line) is not None
    return "\n".join("".join(parts) for parts in joined)


def _width(line: str) -> int:
    """What a line takes on paper: Japanese characters are twice as wide as English ones."""
    return sum(2 if character > "\u2e80" else 1 for character in line)


def keys_of(series: str, titles: Iterable[str]) -> list[str]:
    """A key for each section in order: the series and the title without its numbering, numbered where it repeats.

    The same title has the same key in every edition, so that what was learned and what was cited is found again.
    """
    used: set[str] = set()
    keys = []
    for title in titles:
        plain = unicodedata.normalize("NFKC", title).lower()
        slug = _NOT_SLUG.sub("-", _NUMBERING.sub("", plain)).strip("-")[:60] or "section"
        number, key = 1, f"{series}.{slug}"
        while key in used:
            number, key = number + 1, f"{series}.{slug}-{number + 1}"
        used.add(key)
        keys.append(key)
    return keys
