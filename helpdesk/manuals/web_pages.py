"""Manuals in HTML: one page, or many in a ZIP file, read with Beautiful Soup. Pure: bytes in, sections out."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup
from bs4.element import NavigableString, PageElement, Tag

from helpdesk.manuals.reading import (
    ANCHOR_MAX,
    SECTION_TEXT_MAX,
    SECTIONS_MAX,
    TITLE_MAX,
    PageTrouble,
    ReadManual,
    ReadSection,
    Trouble,
    clean,
    cuts,
)

FILES_MAX = 2_000
UNPACKED_MAX = 20 * 1024 * 1024
PAGE_MAX = 3 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
_HEADINGS = ("h1", "h2", "h3", "h4")
_BLOCKS = frozenset(
    ("p", "div", "li", "dt", "dd", "tr", "pre", "table", "ul", "ol", "dl", "section", "article", "br", "hr")
)
_FURNITURE = (
    "script, style, nav, footer, noscript, template, [role=navigation], .navheader, .navfooter, .toc, .headerlink"
)
_INDEX = re.compile(r"^index(\.[a-z]{2})?\.html?$", re.IGNORECASE)


Tell = Callable[[int, int], None]


def read_html(content: bytes) -> ReadManual:
    """The sections of one HTML page by its headings, of the levels 1 to 4."""
    return _manual([("", content)], [], lambda _done, _all: None)


def read_zip(content: bytes, tell: Tell = lambda _done, _all: None) -> ReadManual:
    """The sections of all HTML pages of a ZIP file, in the order its index links them, else by name.

    `tell` is called with (pages read, pages) as it goes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _unpacked(archive, tell)
    except _BROKEN:
        return ReadManual((), 0, (PageTrouble(0, Trouble.damaged),))


def _unpacked(archive: zipfile.ZipFile, tell: Tell) -> ReadManual:
    members = [member for member in archive.infolist() if member.filename.lower().endswith((".html", ".htm", ".xhtml"))]
    if len(members) > FILES_MAX or sum(member.file_size for member in members) > UNPACKED_MAX:
        return ReadManual((), len(members), (PageTrouble(0, Trouble.too_long),))
    pages: dict[str, bytes] = {}
    troubles: list[PageTrouble] = []
    left = UNPACKED_MAX
    for number, member in enumerate(members, 1):
        try:
            with archive.open(member) as file:
                pages[member.filename] = file.read(left + 1)
        except _BROKEN:
            troubles.append(PageTrouble(number, Trouble.unreadable, member.filename))
            continue
        left -= len(pages[member.filename])
        if left < 0:
            return ReadManual((), len(members), (PageTrouble(0, Trouble.too_long),))
    if len(troubles) * 2 > len(members) or not members:
        return ReadManual((), len(members), (*troubles, PageTrouble(0, Trouble.damaged)))
    return _manual([(name, pages[name]) for name in _ordered(pages)], troubles, tell)


def _manual(pages: list[tuple[str, bytes]], troubles: list[PageTrouble], tell: Tell) -> ReadManual:
    sections: list[ReadSection] = []
    for number, (name, content) in enumerate(pages, 1):
        if len(content) > PAGE_MAX:
            return ReadManual((), len(pages), (PageTrouble(number, Trouble.too_long, name),))
        page = _parsed(content)
        page_sections = list(_sections(page, name)) if page else []
        if page is None or (not page_sections and pages[1:]):
            troubles.append(PageTrouble(number, Trouble.no_text if page else Trouble.unreadable, name))
        sections += page_sections
        tell(number, len(pages))
    if len(sections) > SECTIONS_MAX:
        return ReadManual((), len(pages), (PageTrouble(0, Trouble.too_long),))
    if not any(section.text for section in sections):
        return ReadManual((), len(pages), (*troubles, PageTrouble(0, Trouble.no_sections)))
    return ReadManual(tuple(sections), len(pages), (*cuts(sections), *troubles))


def _parsed(content: bytes) -> BeautifulSoup | None:
    """The page, or None where its marks make no sense at all."""
    try:
        return BeautifulSoup(_without_comments(content), "html.parser")
    except (ParserRejectedMarkup, AssertionError, RecursionError):
        return None


def _without_comments(content: bytes) -> bytes:
    """Comments taken out in one pass: the parser looks for the end of each unfinished one anew."""
    kept: list[bytes] = []
    position = 0
    while (begin := content.find(b"<!--", position)) >= 0:
        kept.append(content[position:begin])
        end = content.find(b"-->", begin + 4)
        if end < 0:
            return b"".join(kept)
        position = end + 3
    return b"".join([*kept, content[position:]])


def _ordered(pages: dict[str, bytes]) -> list[str]:
    index = min((name for name in pages if _INDEX.match(posixpath.basename(name))), key=len, default=None)
    linked: list[str] = [index] if index else []
    if index:
        folder = posixpath.dirname(index)
        for link in page.find_all("a", href=True) if (page := _parsed(pages[index][:PAGE_MAX])) else []:
            path = posixpath.normpath(posixpath.join(folder, unquote(urlsplit(str(link["href"])).path)))
            if path in pages and path not in linked:
                linked.append(path)
    known = set(linked)
    return [*linked, *sorted(name for name in pages if name not in known)]


def _sections(page: BeautifulSoup, name: str) -> Iterator[ReadSection]:
    """Each heading with the text up to the next one; what stands before the first, under the page's title or name."""
    for furniture in page.select(_FURNITURE):
        furniture.decompose()
    title = (clean(page.title.extract().get_text()) if page.title else "") or posixpath.basename(name) or "-"
    heading = _Heading(title, 1, "")
    heads = False
    words: list[str] = []
    for piece in _pieces(page.body or page):
        if isinstance(piece, str):
            words.append(piece)
            continue
        yield from _section(heading, words, keep=heads)
        heading, words, heads = piece, [], True
    yield from _section(heading, words, keep=heads)


class _Heading(NamedTuple):
    title: str
    level: int
    anchor: str


def _section(heading: _Heading, words: Iterable[str], *, keep: bool) -> Iterator[ReadSection]:
    """A heading is kept without words, too: it may be a chapter's."""
    text = re.sub(r"\s*\n\s*", "\n", clean("".join(words)))
    if text or keep:
        yield ReadSection(
            heading.title[:TITLE_MAX],
            heading.level,
            text[:SECTION_TEXT_MAX],
            cut=len(text) > SECTION_TEXT_MAX,
            anchor=heading.anchor,
        )


def _anchor(heading: Tag) -> str:
    """The id of a heading, of what stands in it, or of the part that it heads."""
    inner = heading.find(id=True) or heading.find("a", attrs={"name": True})
    part = (
        heading.parent if heading.parent is not None and heading.parent.name in ("section", "article", "div") else None
    )
    heads = part is not None and next(iter(part.find_all(True, recursive=False)), None) is heading
    named = [
        heading.get("id"),
        *((inner.get("id"), inner.get("name")) if isinstance(inner, Tag) else ()),
        part.get("id") if part is not None and heads else None,
    ]
    return next((clean(str(name))[:ANCHOR_MAX] for name in named if name), "")


def _pieces(root: Tag) -> Iterator[str | _Heading]:
    """The page's words and headings in order. Without recursion: pages may be nested without end."""
    waiting: list[PageElement | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            if node.name in _HEADINGS:
                title = clean(node.get_text(" ").replace("\n", " "))
                if title:
                    yield _Heading(title, int(node.name[1]), _anchor(node))
                continue
            block = node.name in _BLOCKS
            waiting += ["\n"] * block + list(reversed(node.contents)) + ["\n"] * block
        elif type(node) is NavigableString:
            yield re.sub(r"\s+", " ", str(node))
        elif isinstance(node, str) and not isinstance(node, NavigableString):
            yield node
