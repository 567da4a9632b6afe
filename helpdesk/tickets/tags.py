"""Tags: short words that the desk puts on tickets to find them by, and nobody else sees."""

import unicodedata

from flask_babel import gettext as _
from sqlalchemy import Select, func, select, text

from helpdesk.audit.models import Actor, record
from helpdesk.errors import Refusal
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.models import Ticket

TAG_MAX = 30
TAGS_MAX = 10
SUGGESTED = 200


TAGGED = text("tickets.state <> 'closed' AND tickets.tags <> '{}'")
"""Written as its index is, which otherwise would not be used."""


def clean_tag(words: str) -> str:
    """A tag as it is kept: NFKC, one word without the sign before it, at most 30 characters; "" where none is left."""
    normal = unicodedata.normalize("NFKC", words).lower()
    parts = "".join(c if c.isprintable() and c not in ",#" else " " for c in normal).split()
    return "-".join(parts)[:TAG_MAX].strip("-")


def tag(ticket: Ticket, by: Actor, words: str) -> None:
    """Put a tag on a ticket; one that it has changes nothing. Refused where it is no tag, or one too many."""
    name = clean_tag(words)
    if not name:
        raise Refusal(_("Write a tag first."), field="tag")
    if name in ticket.tags:
        return
    if len(ticket.tags) >= TAGS_MAX:
        raise Refusal(_("A ticket has at most %(count)s tags. Take one off first.", count=TAGS_MAX), field="tag")
    ticket.tags = sorted([*ticket.tags, name])
    ticket.touch()
    record(by, TicketAct.tagged, ticket, tag=name)


def untag(ticket: Ticket, by: Actor, words: str) -> None:
    """Take a tag off; one that it has not changes nothing."""
    name = clean_tag(words)
    if name not in ticket.tags:
        return
    ticket.tags = [one for one in ticket.tags if one != name]
    ticket.touch()
    record(by, TicketAct.untagged, ticket, tag=name)


def tags_in_use() -> Select[str]:
    """The tags of open tickets, by name."""
    each = select(func.unnest(Ticket.tags).label("tag")).where(TAGGED)
    return select(each.subquery().c.tag).distinct().order_by("tag").limit(SUGGESTED)
