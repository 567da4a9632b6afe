"""What staff write in Markdown, as HTML: headings, lists, tables, emphasis, and links where they are; no tag is let
through."""

import re

from markdown_it import MarkdownIt

_DEEP = re.compile(r"(?m)^(?:[ \t]*(?:>|[-*+]|\d{1,9}[.)])){21}|^[ \t]{61,}\S")
"""Twenty levels are more than anybody reads; a level takes two steps of the parser's sixty."""


def _markdown(*without: str) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 60}).enable("table")
    made.validateLink = _leads_outside  # type: ignore[method-assign]
    return made.disable(["image", "html_block", "html_inline", *without])


def too_deep(text: str) -> bool:
    """Whether quotes or lists stand so deep in one another that their words would not be shown."""
    return _DEEP.search(text) is not None


def _leads_outside(url: str) -> bool:
    return url.lower().startswith(("https://", "http://", "mailto:"))


_LINKED, _PLAIN = _markdown(), _markdown("link", "autolink")


def html_of_article(text: str) -> str:
    """The words as HTML; what looks like a tag stays text, and only http, https and mailto are led to."""
    return str(_LINKED.render(text))


def html_of_terms(text: str) -> str:
    """The same without links: terms lead nowhere else."""
    return str(_PLAIN.render(text))
