"""HTML of mails: its words as text, and a form that is safe to show. Pure; the cleaning is nh3's (ammonia)."""

import base64
import html as entities
import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice

import nh3

HTML_MAX = 1_000_000
SHOWN_MAX = 400_000
IMAGES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 300
"""Deeper nesting takes the sanitizer minutes; no mailer writes it."""

_BREAKS = re.compile(r"(?i)<br\b[^<>]{0,200}>|</(?:div|tr|li|h[1-6]|blockquote|pre|table|ul|ol|dt|dd)\s{0,5}>")
_PARAGRAPHS = re.compile(r"(?i)</p\s{0,5}>")
_CELLS = re.compile(r"(?i)</t[dh]\s{0,5}>")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_DATA = re.compile(r"data:[a-zA-Z0-9/+.-]{1,60};base64,[A-Za-z0-9+/=]+")
_SPACE = re.compile(r"[ \r\f\v\xa0]+|[ \xa0]*\t[ \t\xa0]*")
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
    """The words of an HTML mail: tags removed, blocks as lines, entities as characters."""
    if not html.strip():
        return ""
    source = " ".join(_DATA.sub("", _without_hidden(html[:HTML_MAX])).split())
    source = _CELLS.sub("\t", _PARAGRAPHS.sub("\n\n", _BREAKS.sub("\n", source)))
    text = entities.unescape(_TAG.sub("", source))
    lines = (_SPACE.sub(lambda gap: "\t" if "\t" in gap[0] else " ", line).strip() for line in text.split("\n"))
    return _EMPTY.sub("\n\n", "\n".join(lines)).strip()


def links_of_html(html: str) -> list[str]:
    """Where the links of an HTML mail lead to, in their order."""
    return [entities.unescape(match[1] or match[2]) for match in islice(_HREF.finditer(html[:HTML_MAX]), LINKS_MAX)]


_HREF = re.compile(r"""(?i)\bhref\s{0,5}=\s{0,5}(?:"([^"<>]{1,2000})"|'([^'<>]{1,2000})')""")
LINKS_MAX = 5_000


def safe_html(html: str, images: Mapping[str, tuple[str, bytes]] | None = None) -> str:
    """HTML to show in a frame without scripts, forms, remote images or links that act.

    `images` are the mail's own by Content-ID (type, bytes); they are put in place as data, remote ones stay away.
    """
    if len(html) > SHOWN_MAX or _depth(html) > DEPTH_MAX:
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


def _depth(html: str) -> int:
    """The deepest level of elements that are still open."""
    depth = deepest = 0
    opened: Counter[str] = Counter()
    for closing, name in _ELEMENT.findall(html.lower()):
        if name in _VOID or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        depth += step
        deepest = max(deepest, depth)
    return deepest


_ELEMENT = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})")
_VOID = {"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "source"}


def image_names(html: str) -> set[str]:
    """The Content-IDs that an HTML part shows in place."""
    return {name.strip("<>") for name in _CID.findall(html[:HTML_MAX])}


_CID = re.compile(r"(?i)[\"'(\s=]cid:([^\"'()\s<>]{1,300})")


def _without_hidden(html: str) -> str:
    """Without scripts, styles and comments; one that never ends is left to the next step."""
    kept: list[str] = []
    position = 0
    while (begin := _HIDDEN.search(html, position)) is not None:
        ending = (
            _ENDINGS[begin[1].lower()].search(html, begin.end()) if begin[1] else _COMMENT_END.search(html, begin.end())
        )
        if ending is None:
            break
        kept.append(html[position : begin.start()])
        position = ending.end()
    kept.append(html[position:])
    return "".join(kept)


_HIDDEN = re.compile(r"<(script|style|title)\b|<!--", re.IGNORECASE | re.ASCII)
_ENDINGS = {name: re.compile(rf"</{name}[^<>]*>", re.IGNORECASE | re.ASCII) for name in ("script", "style", "title")}
_COMMENT_END = re.compile("-->")
