"""The words of HTML mails: blocks on lines of their own, cells apart, quotations and links to be seen. Pure."""

import html as entities
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from helpdesk.markup import children, parsed

HTML_MAX = 1_000_000
ADDRESS_MAX = 2_000

_HIDDEN = {"head", "script", "style", "title", "template", "noscript"}
_LINES = {"p": 2} | dict.fromkeys(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    ],
    1,
)
"""Line ends before and after an element, at least."""
_CELLS, _KEPT = {"td", "th"}, {"pre", "textarea", "listing"}
_BLANKS = re.compile(r"[ \t\r\n\f\v\xa0]+")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_DATA = re.compile(r"data:[a-zA-Z0-9/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
_EMPTY = re.compile(r"\n{3,}")


def text_of_html(html: str) -> str:
    """The words of an HTML mail: blocks on lines of their own, cells apart by tabs, `pre` as it stands.

    What is nested too deep to be read as a tree loses its tags and nothing else.
    """
    if not html.strip():
        return ""
    source = _DATA.sub("", html[:HTML_MAX])
    page = parsed(source)
    body = page.body if page is not None else None
    text = _words(body) if body is not None else entities.unescape(_TAG.sub(" ", source))
    lines = (line.rstrip() for line in text.split("\n"))
    return _EMPTY.sub("\n\n", "\n".join(lines)).strip()


class _Page:
    """Text as it is put together: knows how many line ends, or which blank, it ends with, and how deep it quotes."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.quoted = 0
        self._ends, self._blank = 1, True

    def say(self, words: str) -> None:
        """Words within a line; blanks between them are one."""
        words = _BLANKS.sub(" ", words)
        if self._blank or self._ends:
            words = words.lstrip(" ")
        if words:
            self._begin()
            self.pieces.append(words)
            self._ends, self._blank = 0, words.endswith(" ")

    def keep(self, words: str) -> None:
        """Words as they stand, within `pre`."""
        if words:
            self._begin()
            lines = words.rstrip("\n")
            self._ends, self._blank = len(words) - len(lines), False
            self.pieces += (lines.replace("\n", f"\n{self._mark}"), "\n" * self._ends)

    def end(self, lines: int) -> None:
        """At least so many line ends; nothing at the beginning."""
        if self.pieces and self._ends < lines:
            self.pieces.append("\n" * (lines - self._ends))
            self._ends = lines

    def cut(self) -> None:
        """One more line end, or what parts two cells."""
        self.pieces.append("\n")
        self._ends += 1

    def part(self) -> None:
        self.pieces.append("\t")
        self._blank = True

    def since(self, piece: int) -> str:
        """What was said from there on."""
        return "".join(self.pieces[piece:])

    def _begin(self) -> None:
        if self.quoted and self._ends:
            self.pieces.append(self._mark)

    @property
    def _mark(self) -> str:
        return "> " * min(self.quoted, QUOTES_MAX)


QUOTES_MAX = 5


@dataclass
class _Open:
    """An element that is being read: what was said before it, and where its link leads to."""

    node: LexborNode
    left: bool = False
    piece: int = 0


def _words(body: LexborNode) -> str:
    page, kept = _Page(), 0
    waiting = [_Open(body)]
    while waiting:
        one = waiting.pop()
        node, tag = one.node, one.node.tag or ""
        if node.is_text_node:
            (page.keep if kept else page.say)(node.text_content or "")
        elif tag == "br":
            page.cut()
        elif node.is_element_node and tag not in _HIDDEN:
            page.end(_LINES.get(tag, 0))
            step = -1 if one.left else 1
            kept += step * (tag in _KEPT)
            page.quoted += step * (tag == "blockquote")
            if not one.left:
                waiting.append(_Open(node, left=True, piece=len(page.pieces)))
                waiting += (_Open(child) for child in reversed(children(node)))
            elif tag in _CELLS:
                page.part()
            elif tag == "a":
                _show_address(page, node, one.piece)
    return "".join(page.pieces)


def _show_address(page: _Page, link: LexborNode, piece: int) -> None:
    """Where a link leads to stands behind its words, unless they are that address."""
    address = (link.attributes.get("href") or "").strip()[:ADDRESS_MAX]
    words = page.since(piece).strip()
    if words and _LEADS.match(address) and _bare(address) not in _bare(words):
        page.say(f" <{address}>")


_LEADS = re.compile(r"(?i)(?:https?://|mailto:|tel:)\S")


def _bare(address: str) -> str:
    return _SCHEME.sub("", "".join(address.lower().split())).rstrip("/")


_SCHEME = re.compile(r"(?:https?://(?:www\.)?|mailto:|tel:)")
