"""Manuals in HTML: one page, or many in a ZIP file, read with lexbor. Pure: bytes in, sections out."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import chardet
from selectolax.lexbor import LexborHTMLParser, LexborNode

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
from helpdesk.markup import children, parsed

FILES_MAX = 2_000
UNPACKED_MAX = 20 * 1024 * 1024
PAGE_MAX = 3 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError)
_HEADINGS = ("h1", "h2", "h3", "h4")
_BLOCKS = frozenset(
    ("p", "div", "li", "dt", "dd", "tr", "pre", "table", "ul", "ol", "dl", "section", "article", "br", "hr")
)
_FURNITURE = (
    "script, style, title, nav, footer, noscript, template, [role=navigation], .navheader, .navfooter, .toc, "
    ".headerlink"
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


def _parsed(content: bytes) -> LexborHTMLParser | None:
    """The page, or None where its marks make no sense at all."""
    return parsed(_decoded(content).replace("\x00", ""))


def _decoded(content: bytes) -> str:
    """In the charset that the page names, else UTF-8, else what it looks like."""
    named = _CHARSET.search(content[:2_000])
    guessed = chardet.detect(content[:100_000])["encoding"]
    for charset in (named[1].decode("ascii") if named else None, "utf-8-sig", guessed):
        try:
            return content.decode(charset or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("utf-8", errors="replace")


_CHARSET = re.compile(rb"""charset\s{0,5}=\s{0,5}["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)


def _ordered(pages: dict[str, bytes]) -> list[str]:
    index = min((name for name in pages if _INDEX.match(posixpath.basename(name))), key=len, default=None)
    linked: list[str] = [index] if index else []
    if index:
        folder = posixpath.dirname(index)
        for link in page.css("a[href]") if (page := _parsed(pages[index][:PAGE_MAX])) else []:
            path = posixpath.normpath(posixpath.join(folder, unquote(_path(link.attributes.get("href") or ""))))
            if path in pages and path not in linked:
                linked.append(path)
    known = set(linked)
    return [*linked, *sorted(name for name in pages if name not in known)]


def _path(link: str) -> str:
    try:
        return urlsplit(link).path
    except ValueError:
        return ""


def _sections(page: LexborHTMLParser, name: str) -> Iterator[ReadSection]:
    """Each heading with the text up to the next one; what stands before the first, under the page's title or name."""
    named = page.css_first("title")
    title = (clean(named.text()) if named is not None else "") or posixpath.basename(name) or "-"
    furniture = {node.mem_id for node in page.css(_FURNITURE)}
    heading = _Heading(title, 1, "")
    heads = False
    words: list[str] = []
    for piece in _pieces(page.body, furniture) if page.body is not None else ():
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


def _anchor(heading: LexborNode) -> str:
    """The id of a heading, of what stands in it, or of the part that it heads."""
    inner = heading.css_first("[id]") or heading.css_first("a[name]")
    part = (
        heading.parent if heading.parent is not None and heading.parent.tag in ("section", "article", "div") else None
    )
    first = next((node for node in children(part) if node.is_element_node), None) if part is not None else None
    named = [
        heading.attributes.get("id"),
        *((inner.attributes.get("id"), inner.attributes.get("name")) if inner is not None else ()),
        part.attributes.get("id")
        if part is not None and first is not None and first.mem_id == heading.mem_id
        else None,
    ]
    return next((clean(name)[:ANCHOR_MAX] for name in named if name), "")


def _pieces(root: LexborNode, furniture: set[int]) -> Iterator[str | _Heading]:
    """The page's words and headings in order. Without recursion, however deep the page is nested."""
    waiting: list[LexborNode | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif node.is_text_node:
            yield re.sub(r"\s+", " ", node.text_content or "")
        elif node.is_element_node and node.mem_id not in furniture:
            if node.tag in _HEADINGS:
                title = clean(" ".join(_pieces_of_heading(node, furniture)).replace("\n", " "))
                if title:
                    yield _Heading(title, int(node.tag[1]), _anchor(node))
                continue
            block = node.tag in _BLOCKS
            waiting += ["\n"] * block + list(reversed(children(node))) + ["\n"] * block


def _pieces_of_heading(heading: LexborNode, furniture: set[int]) -> Iterator[str]:
    waiting = list(reversed(children(heading)))
    while waiting:
        node = waiting.pop()
        if node.is_text_node:
            yield node.text_content or ""
        elif node.mem_id not in furniture:
            waiting += reversed(children(node))
