"""HTML of mails: its words as text, and a form that is safe to show. Pure; the cleaning is nh3's (ammonia), the tree
lexbor's."""

import base64
import html as entities
import re
from collections.abc import Mapping

import nh3
from selectolax.lexbor import LexborNode

from helpdesk.markup import DEPTH_MAX, children, depth, parsed

HTML_MAX = 1_000_000
SHOWN_MAX = 400_000
IMAGES_MAX = 4 * 1024 * 1024

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
_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
_TAGS = nh3.ALLOWED_TAGS - {"form", "input", "button"} | {"font", "center", "big"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"style", "align", "valign", "bgcolor", "width", "height", "dir", "lang"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", "align", "bgcolor", "width"},
}
_STYLES = {
    *("color", "background-color", "font-weight", "font-style", "font-size", "font-family", "text-align"),
    *(
        "text-decoration",
        "border",
        "border-left",
        "border-collapse",
        "padding",
        "padding-left",
        "margin",
        "margin-left",
    ),
    *("white-space", "vertical-align", "width", "height"),
}


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


def links_of_html(html: str) -> list[str]:
    """Where the links of an HTML mail lead to, in their order."""
    page = parsed(html[:HTML_MAX])
    links = page.css("a[href]") if page is not None else []
    return [href for link in links[:LINKS_MAX] if (href := link.attributes.get("href"))]


class _Page:
    """Text as it is put together: knows how many line ends, or which blank, it ends with."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._ends, self._blank = 0, True

    def say(self, words: str) -> None:
        """Words within a line; blanks between them are one."""
        words = _BLANKS.sub(" ", words)
        if self._blank or self._ends:
            words = words.lstrip(" ")
        if words:
            self.pieces.append(words)
            self._ends, self._blank = 0, words.endswith(" ")

    def keep(self, words: str) -> None:
        """Words as they stand, within `pre`."""
        if words:
            self.pieces.append(words)
            self._ends, self._blank = len(words) - len(words.rstrip("\n")), False

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


def _words(body: LexborNode) -> str:
    page = _Page()
    kept = 0
    waiting: list[tuple[LexborNode, bool]] = [(body, False)]
    while waiting:
        node, left = waiting.pop()
        tag = node.tag or ""
        if node.is_text_node:
            (page.keep if kept else page.say)(node.text_content or "")
        elif tag == "br":
            page.cut()
        elif node.is_element_node and tag not in _HIDDEN:
            page.end(_LINES.get(tag, 0))
            kept += (tag in _KEPT) * (-1 if left else 1)
            if left and tag in _CELLS:
                page.part()
            elif not left:
                waiting.append((node, True))
                waiting += ((child, False) for child in reversed(children(node)))
    return "".join(page.pieces)


LINKS_MAX = 5_000


def safe_html(html: str, images: Mapping[str, tuple[str, bytes]] | None = None) -> str:
    """HTML to show in a frame without scripts, forms, remote images or links that act.

    `images` are the mail's own by Content-ID (type, bytes); they are put in place as data, remote ones stay away.
    """
    if len(html) > SHOWN_MAX or depth(html) > DEPTH_MAX:
        return f"<pre>{entities.escape(text_of_html(html))}</pre>"
    own = images or {}
    left = IMAGES_MAX

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal left
        if tag == "img" and name == "src":
            kind, content = own.get(value.removeprefix("cid:").strip("<>"), ("", b""))
            if not value.startswith("cid:") or kind not in _IMAGES or len(content) > left:
                return None
            left -= len(content)
            return f"data:{kind};base64,{base64.b64encode(content).decode()}"
        if name in ("background", "srcset", "ping", "poster"):
            return None
        if value.lstrip().lower().startswith(("data:", "cid:")):
            return None
        return value

    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title"},
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def image_names(html: str) -> set[str]:
    """The Content-IDs that an HTML part shows in place."""
    return {name.strip("<>") for name in _CID.findall(html[:HTML_MAX])}


_CID = re.compile(r"(?i)[\"'(\s=]cid:([^\"'()\s<>]{1,300})")
