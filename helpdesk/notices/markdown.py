"""A small part of Markdown in the HTML of a reply: lists, emphasis, code and links; everything else stays text. Pure.

Whoever writes plain text gets plain text: line ends and columns stay, and no tag is let through.
"""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from helpdesk.notices.writing import html_of

_KNOWN = ("list", "emphasis", "backticks", "fence", "link", "newline", "escape")


def html_of_reply(text: str) -> str:
    """The words of a reply as HTML."""
    return str(_MARKDOWN.render(text))


class _Renderer(RendererHTML):
    """Text as mails have it: blanks kept, addresses of pages to click."""

    def text(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        inside_link = any(token.type == "link_open" for token in tokens[:idx]) and any(
            token.type == "link_close" for token in tokens[idx:]
        )
        if inside_link:
            return super().text(tokens, idx, _options, _env)
        return html_of(tokens[idx].content)

    def softbreak(self, _tokens: Sequence[Token], _idx: int, _options: Any, _env: Any) -> str:
        return "<br>\n"


_MARKDOWN = MarkdownIt("zero", {"html": False, "maxNesting": 8}, renderer_cls=_Renderer).enable(list(_KNOWN))
