"""A small part of Markdown in the HTML of a reply: lists, what is strong, and code; everything else stays text. Pure.

Whoever writes plain text gets plain text: no tag is let through, and where a word would get lost all of it stays text.
"""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from helpdesk.notices.writing import html_of

_KNOWN = ("list", "emphasis", "backticks", "fence", "newline")
_TAG = re.compile(r"<[^>]*>")


def html_of_reply(text: str) -> str:
    """The words of a reply as HTML."""
    formed = str(_MARKDOWN.render(text))
    whole = _letters(unescape(_TAG.sub("", formed))) == _letters(text)
    return formed if whole else f"<p>{html_of(text)}</p>"


def _letters(text: str) -> str:
    """What may not get lost: everything but signs and the numbers of lists."""
    return "".join(c for c in text if c.isalpha() or c == "\\")


class _Renderer(RendererHTML):
    """Text as mails have it: blanks kept, addresses of pages to click, and a single star is a star."""

    def text(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return html_of(tokens[idx].content)

    def softbreak(self, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
        return "<br>\n"

    def em_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return tokens[idx].markup

    em_close = em_open

    def list_item_open(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        number = tokens[idx].info
        return f'<li value="{number}">' if number.isdecimal() else "<li>"


_MARKDOWN = MarkdownIt("zero", {"html": False, "maxNesting": 60}, renderer_cls=_Renderer).enable(list(_KNOWN))
