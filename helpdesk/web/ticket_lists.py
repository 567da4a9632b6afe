"""The list that an agent comes from: it goes along in the address of a ticket's page, and back."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from sqlalchemy import Select, select

from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours
from helpdesk.errors import number
from helpdesk.extensions import db
from helpdesk.tickets.lists import ListPlace, TicketList, place_in
from helpdesk.tickets.macros import in_use
from helpdesk.tickets.queues import named
from helpdesk.tickets.teams import Team
from helpdesk.web.ticket_side import AGENTS, as_list, tags_as_list

TYPED_MAX = 300
"""Characters of a search."""


@dataclass(frozen=True)
class Origin:
    """The list that a ticket was opened from, and the key of its place there."""

    shown: TicketList
    at: str

    def address(self, at: str = "") -> dict[str, Any]:
        """The parameters of a ticket's page that lead back to the list."""
        return {"list": self.shown.view.value, **self.shown.address(), "at": at or self.at}

    @property
    def back(self) -> str:
        return url_for("desk.queues.page", view=self.shown.view.value, **self.shown.address())


@dataclass(frozen=True)
class FromSearch:
    """The search that a ticket was found by: what was typed, and how many hits were skipped."""

    found_by: str
    skipped: int

    def address(self) -> dict[str, Any]:
        """The parameters of a ticket's page that lead back to the hits."""
        return {"found_by": self.found_by, "skipped": self.skipped or None}

    @property
    def back(self) -> str:
        asked: dict[str, Any] = {"q": self.found_by, "from": self.skipped or None}
        return url_for("desk.search.results", **asked)


@dataclass(frozen=True)
class Neighbours:
    """Where a ticket stands in the list it was opened from, with the addresses of what is beside it.

    One that a search found has only the way back.
    """

    back: str
    place: ListPlace | None = None
    before: str = ""
    after: str = ""


class NamedChoice(NamedTuple):
    id: int
    name: str


@dataclass(frozen=True)
class Choices:
    """What a list is narrowed by and its tickets are changed to: agents and teams by name, and the tags in use."""

    agents: tuple[NamedChoice, ...]
    teams: tuple[NamedChoice, ...]
    macros: tuple[NamedChoice, ...]
    tags: tuple[str, ...]


def choices() -> Choices:
    """In one statement."""
    row = db.session.execute(_CHOICES).one()
    agents = tuple(NamedChoice(one["id"], one["name"]) for one in row.agents or [])
    teams = tuple(NamedChoice(one["id"], one["name"]) for one in row.teams or [])
    macros = tuple(NamedChoice(one["id"], named(one["name"], one["name_en"])) for one in row.macros or [])
    return Choices(agents, teams, macros, tuple(row.tags or []))


def origin() -> Origin | FromSearch | None:
    """Of this request's page, or of the page whose form it is."""
    words = request.args.to_dict()
    if not {"list", "found_by"} & words.keys():
        words = _of_referrer()
    if "list" in words:
        return Origin(TicketList.read(words["list"], words), words.get("at", "")[:400])
    if "found_by" in words:
        return FromSearch(words["found_by"].replace("\x00", "")[:TYPED_MAX], number(words.get("skipped")) or 0)
    return None


def neighbours(user: User, hours: ServiceHours, reference: str) -> Neighbours | None:
    """What stands beside a ticket in the list it was opened from, if it was."""
    came_from = origin()
    if came_from is None:
        return None
    back = f"{came_from.back}#t-{reference}"
    if isinstance(came_from, FromSearch):
        return Neighbours(back)
    place = place_in(user, came_from.shown, hours, came_from.at)
    return Neighbours(back, place, *(_address(came_from, side) for side in (place.before, place.after)))


def _address(came_from: Origin, side: tuple[str, str] | None) -> str:
    if side is None:
        return ""
    return url_for("desk.tickets.ticket_page", reference=side[0], **came_from.address(side[1]))


def _of_referrer() -> dict[str, str]:
    """A form's page says where it came from: a ticket's on this site alone."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return {}
    ours = parts.netloc == request.host and parts.path.startswith("/desk/tickets/")
    return dict(parse_qsl(parts.query)) if ours else {}


def _choices() -> Select[*tuple[Any, ...]]:
    teams = select(Team.id, Team.name).order_by(Team.name)
    return select(
        as_list(AGENTS.subquery(), "id", "name").label("agents"),
        as_list(teams.subquery(), "id", "name").label("teams"),
        as_list(in_use().subquery(), "id", "name", "name_en").label("macros"),
        tags_as_list().label("tags"),
    )


_CHOICES = _choices()
