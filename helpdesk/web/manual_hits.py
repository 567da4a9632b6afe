"""What both search pages show beside tickets: places in the manuals."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.search.excerpts import Piece, excerpt, marked
from helpdesk.triage.assessment import find_places
from helpdesk.triage.knowledge import current_places
from helpdesk.web.pages import language


@dataclass(frozen=True)
class ManualHit:
    """A section with its title and the sentence that fits, words marked; `page` as it is printed, or empty."""

    key: str
    page: str
    title: list[Piece]
    excerpt: list[Piece]


def manual_hits(words: Sequence[str]) -> list[ManualHit]:
    """Up to five sections of the manuals in force, in the reader's language."""
    if not words:
        return []
    known, shown = current_places(), language()
    sections = {section.key: section for section in known.index.sections}
    return [
        ManualHit(place.key, place.label, marked(section.titles[shown], words), excerpt(section.texts[shown], words))
        for place in find_places(" ".join(words), known)
        if (section := sections.get(place.key)) is not None
    ]
