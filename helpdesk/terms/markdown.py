"""The text of terms as HTML: headings, clauses, lists, tables and emphasis of Markdown; no tag is let through."""

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 60}).enable("table")
_MARKDOWN = _MARKDOWN.disable(["image", "link", "autolink", "html_block", "html_inline"])


def html_of_terms(text: str) -> str:
    """The words as HTML; what looks like a tag stays text."""
    return str(_MARKDOWN.render(text))
