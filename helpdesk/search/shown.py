"""What both search pages show beside tickets: places in the manuals."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.pages import language
from helpdesk.search.finding import Piece, excerpt, marked
from helpdesk.triage.assessment import find_places
from helpdesk.triage.knowledge import current_places
from helpdesk.triage.manuals import ManualSection, sections_by_key


@dataclass(frozen=True)
class ManualHit:
    """A section with its title and the sentence that fits, words marked."""

    section: ManualSection
    title: list[Piece]
    excerpt: list[Piece]


def manual_hits(words: Sequence[str]) -> list[ManualHit]:
    """Up to five sections of the manuals in force, in the reader's language."""
    places = find_places(" ".join(words), current_places()) if words else []
    sections = sections_by_key([place.key for place in places])
    hits = []
    for place in places:
        section = sections.get(place.key)
        if section is not None:
            title = marked(section.title(language()), words)
            hits.append(ManualHit(section, title, excerpt(section.text(language()), words)))
    return hits
