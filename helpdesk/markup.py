"""HTML from outside as a tree, by lexbor (selectolax); what is nested without end is not tried. Pure."""

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

DEPTH_MAX = 300
"""Deeper nesting takes a parser minutes, in which nothing can interrupt it; no mailer and no editor writes it."""


def parsed(html: str) -> LexborHTMLParser | None:
    """The page as browsers read it. Nested too deep it loses the elements that only group; None where it stays so."""
    if depth(html) > DEPTH_MAX:
        html = _GROUPS.sub("\n", html)
        if depth(html) > DEPTH_MAX:
            return None
    return LexborHTMLParser(html)


def children(node: LexborNode) -> list[LexborNode]:
    """Elements, texts and comments of a node, in order."""
    found = []
    child = node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def depth(html: str) -> int:
    """The deepest level of elements that are still open."""
    level = deepest = 0
    opened: Counter[str] = Counter()
    for closing, name in _ELEMENT.findall(html.lower()):
        if name in _VOID or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        level += step
        deepest = max(deepest, level)
    return deepest


_GROUPS = re.compile(r"(?i)</?(?:div|span|section|article|main|blockquote|font|center|b|i|u|a|em|strong)\b[^<>]*>")
_ELEMENT = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})")
_VOID = {"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "source"}
