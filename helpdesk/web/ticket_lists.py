"""The list that an agent comes from: it goes along in the address of a ticket's page, and back."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from sqlalchemy import Select, select

from helpdesk.accounts.models import User
from helpdesk.calendar.hours import ServiceHours
from helpdesk.extensions import db
from helpdesk.tickets.lists import ListPlace, TicketList, place_in
from helpdesk.tickets.teams import Team
from helpdesk.web.ticket_side import AGENTS, as_list, tags_as_list


@dataclass(frozen=True)
class Origin:
    """The list that a ticket was opened from, and the key of its place there."""

    shown: TicketList
    at: str

    def address(self, at: str = "") -> dict[str, Any]:
        """The parameters of a ticket's page that lead back to the list."""
        return {"list": self.shown.view.value, **self.shown.address(), "at": at or self.at}


@dataclass(frozen=True)
class Neighbours:
    """Where a ticket stands in the list it was opened from, with the addresses of what is beside it."""

    place: ListPlace
    back: str
    before: str
    after: str


class NamedChoice(NamedTuple):
    id: int
    name: str


@dataclass(frozen=True)
class Choices:
    """What a list is narrowed by and its tickets are changed to: agents and teams by name, and the tags in use."""

    agents: tuple[NamedChoice, ...]
    teams: tuple[NamedChoice, ...]
    tags: tuple[str, ...]


def choices() -> Choices:
    """In one statement."""
    row = db.session.execute(_CHOICES).one()
    agents = tuple(NamedChoice(one["id"], one["name"]) for one in row.agents or [])
    teams = tuple(NamedChoice(one["id"], one["name"]) for one in row.teams or [])
    return Choices(agents, teams, tuple(row.tags or []))


def origin() -> Origin | None:
    """Of this request's page, or of the page whose form it is."""
    words = request.args.to_dict()
    if "list" not in words:
        words = _of_referrer()
    if "list" not in words:
        return None
    return Origin(TicketList.read(words["list"], words), words.get("at", "")[:400])


def neighbours(user: User, hours: ServiceHours, reference: str) -> Neighbours | None:
    """What stands beside a ticket in the list it was opened from, if it was."""
    came_from = origin()
    if came_from is None:
        return None
    place = place_in(user, came_from.shown, hours, came_from.at)
    back = url_for("desk.queues.page", view=came_from.shown.view.value, **came_from.shown.address())
    return Neighbours(
        place, f"{back}#t-{reference}", *(_address(came_from, side) for side in (place.before, place.after))
    )


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
        tags_as_list().label("tags"),
    )


_CHOICES = _choices()
