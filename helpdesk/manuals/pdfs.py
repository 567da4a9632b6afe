"""Manuals in PDF: text, outline and page numbers, read with PDFium. Pure: bytes in, sections out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import PdfDocument, PdfiumError

from helpdesk.manuals.reading import (
    SECTION_TEXT_MAX,
    SECTIONS_MAX,
    TITLE_MAX,
    PageTrouble,
    ReadManual,
    ReadSection,
    Trouble,
    clean,
    cuts,
    reflow,
)

PAGES_MAX = 3_000
OUTLINE_DEPTH = 6
TEXT_MAX = 20_000_000
"""Characters of a whole manual."""
LABEL_MAX = 20
_DIGITS = re.compile(r"\d+")
_ALMOST_ALL = 0.4
"""A first or last line on this share of the pages is no part of the text."""


@dataclass(frozen=True)
class _Heading:
    title: str
    level: int
    page: int


def read_pdf(content: bytes, tell: Callable[[int, int], None] = lambda _done, _all: None) -> ReadManual:
    """The sections of a PDF by its outline, or by page where it has none.

    `tell` is called with (pages read, pages) as it goes. A file that cannot be opened, is locked, or has no text on
    most of its pages gives no section, with the reason page by page.
    """
    try:
        document = PdfDocument(content)
    except PdfiumError as error:
        locked = getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD
        return ReadManual((), 0, (PageTrouble(0, Trouble.encrypted if locked else Trouble.damaged),))
    try:
        return _read(document, tell)
    finally:
        document.close()


def _read(document: PdfDocument, tell: Callable[[int, int], None]) -> ReadManual:
    count = len(document)
    if count > PAGES_MAX or count == 0:
        return ReadManual((), count, (PageTrouble(0, Trouble.too_long if count else Trouble.damaged),))
    pages, troubles = [], []
    for number in range(count):
        text, what = _page(document, number)
        pages.append(text)
        if what is not None:
            troubles.append(PageTrouble(number + 1, what))
        tell(number + 1, count)
    if len(troubles) * 2 > count:
        return ReadManual((), count, tuple(troubles))
    pages = _without_running_lines(pages)
    headings = _outline(document) or [_Heading(_first_line(page, n), 1, n) for n, page in enumerate(pages) if page]
    if len(headings) > SECTIONS_MAX or sum(map(len, pages)) > TEXT_MAX:
        return ReadManual((), count, (PageTrouble(0, Trouble.too_long),))
    sections = tuple(_sections(headings, pages, [_label(document, number) for number in range(count)]))
    if not any(section.text for section in sections):
        sections = ()
        troubles.append(PageTrouble(0, Trouble.no_sections))
    return ReadManual(sections, count, (*cuts(sections), *troubles))


def _label(document: PdfDocument, number: int) -> str | None:
    """The number printed on a page, where the file tells."""
    try:
        return clean(document.get_page_label(number))[:LABEL_MAX] or None
    except (PdfiumError, UnicodeDecodeError):
        return None


def _page(document: PdfDocument, number: int) -> tuple[str, Trouble | None]:
    """A page's text; an empty page without any picture is just empty."""
    try:
        page = document[number]
        text = clean(page.get_textpage().get_text_bounded().replace("\r\n", "\n"))
        image = None if text else next(page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,)), None)
        page.close()
        return text, Trouble.no_text if image is not None else None
    except (PdfiumError, UnicodeDecodeError):
        return "", Trouble.unreadable


def _without_running_lines(pages: list[str]) -> list[str]:
    """Leave out first and last lines that stand on most pages, whatever number they carry."""
    split = [page.splitlines() for page in pages]
    often = Counter(_shape(line) for lines in split for line in {*lines[:1], *lines[-1:]})
    running = {shape for shape, count in often.items() if count > max(3, len(pages) * _ALMOST_ALL)}
    kept = []
    for lines in split:
        start = 1 if lines and _shape(lines[0]) in running else 0
        end = len(lines) - 1 if lines[start:] and _shape(lines[-1]) in running else len(lines)
        kept.append("\n".join(lines[start:end]))
    return kept


def _shape(line: str) -> str:
    return _DIGITS.sub("#", "".join(line.split()))


def _outline(document: PdfDocument) -> list[_Heading]:
    """The outline's entries in order, each with its page from 0; those that lead nowhere or back are left out."""
    headings: list[_Heading] = []
    for bookmark in document.get_toc(max_depth=OUTLINE_DEPTH):
        target = bookmark.get_dest()
        page, title = target.get_index() if target else None, clean(bookmark.get_title())[:TITLE_MAX]
        if page is not None and title and (not headings or page >= headings[-1].page):
            headings.append(_Heading(title, bookmark.level + 1, page))
    return headings


def _first_line(page: str, number: int) -> str:
    return (page.splitlines() or [""])[0][:80] or f"{number + 1}"


def _sections(headings: list[_Heading], pages: list[str], labels: list[str | None]) -> Iterator[ReadSection]:
    """Each heading's text up to the next heading, cut within a page where the heading's line is found on it."""
    starts: list[tuple[int, int]] = []
    for heading in headings:
        page = min(heading.page, len(pages) - 1)
        after = starts[-1][1] + 1 if starts and starts[-1][0] == page and starts[-1][1] > 0 else 0
        starts.append((page, _offset(heading.title, pages[page], after)))
    for number, (heading, start) in enumerate(zip(headings, starts, strict=True)):
        end = starts[number + 1] if number + 1 < len(starts) else (len(pages) - 1, len(pages[-1]))
        whole = _between(pages, start, end)
        text = reflow(_without_title(whole[:SECTION_TEXT_MAX], heading.title))
        cut = len(whole) > SECTION_TEXT_MAX
        yield ReadSection(heading.title, heading.level, text, start[0] + 1, labels[start[0]], cut)


def _offset(title: str, page: str, after: int) -> int:
    """Where the line that is this title begins, at or after an offset; the offset itself where none is."""
    wanted = _plain(title)
    position = 0
    for line in page.splitlines(keepends=True):
        if position >= after and wanted and _plain(line).endswith(wanted) and len(_plain(line)) <= len(wanted) + 12:
            return position
        position += len(line)
    return after


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.lstrip() if _plain(first).endswith(_plain(title)) and len(first) < len(title) + 16 else text


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _between(pages: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, from_offset), (last, to_offset) = start, end
    if (last, to_offset) <= (first, from_offset):
        return pages[first][from_offset:].strip() if last == first and to_offset == from_offset == 0 else ""
    if first == last:
        return pages[first][from_offset:to_offset].strip()
    return "\n".join([pages[first][from_offset:], *pages[first + 1 : last], pages[last][:to_offset]]).strip()
