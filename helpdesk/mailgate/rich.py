"""HTML of mails in a form that is safe to show, and what it leads to. Pure; the cleaning is nh3's (ammonia)."""

import base64
import html as entities
import re
from collections.abc import Mapping

import nh3

from helpdesk.mailgate.html_words import HTML_MAX, text_of_html
from helpdesk.markup import DEPTH_MAX, depth, parsed

SHOWN_MAX = 400_000
IMAGES_MAX = 4 * 1024 * 1024

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


LINKS_MAX = 5_000


def links_of_html(html: str) -> list[str]:
    """Where the links of an HTML mail lead to, in their order."""
    page = parsed(html[:HTML_MAX])
    links = page.css("a[href]") if page is not None else []
    return [href for link in links[:LINKS_MAX] if (href := link.attributes.get("href"))]


def safe_html(html: str, images: Mapping[str, tuple[str, bytes]] | None = None) -> str:
    """HTML to show in a frame without scripts, forms, remote images or links that act.

    `images` are the mail's own by Content-ID, and those that were fetched by address, as (type, bytes); they are put in
    place as data, all others stay away.
    """
    if len(html) > SHOWN_MAX or depth(html) > DEPTH_MAX:
        return f"<pre>{entities.escape(text_of_html(html))}</pre>"
    own = images or {}
    left = IMAGES_MAX

    def attribute(tag: str, name: str, value: str) -> str | None:
        nonlocal left
        if tag == "img" and name == "src":
            name_of = value.removeprefix("cid:").strip("<>") if value.startswith("cid:") else value.strip()
            kind, content = own.get(name_of, ("", b""))
            if kind not in _IMAGES or len(content) > left:
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
