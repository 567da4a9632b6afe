"""The teams of the desk, as supervisors keep them: people, and the hours they work (R70)."""

from collections.abc import Collection, Sequence
from datetime import datetime, time

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.hours import ServiceHours
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.tickets.acts import TicketAct

NAME_MAX = 30
TEAMS_MAX = 50


class Team(Model):
    """People who work on the same queues.

    `opens` and `closes` are their hours on business days, in the service's zone; without them they work in the
    service's hours. They say when its people are told by mail and browser, and stand beside their names. Due times
    are promised in service hours whoever works on a ticket (R40).
    """

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    opens: Mapped[time | None]
    closes: Mapped[time | None]

    people: Mapped[list[User]] = relationship(secondary="team_members", order_by=User.name)


class TeamMember(Model):
    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False, index=True)


def all_teams() -> Sequence[Team]:
    return db.session.scalars(select(Team).order_by(Team.name)).all()


def at_work(user_id: int, hours: ServiceHours, now: datetime) -> bool:
    """Whether a person works now: in the hours of one of their teams, or else of the service."""
    rows = select(Team.opens, Team.closes).join(TeamMember, TeamMember.team_id == Team.id)
    found = db.session.execute(rows.where(TeamMember.user_id == user_id)).all()
    spans = [(opens, closes) for opens, closes in found if opens is not None and closes is not None]
    if not spans:
        return hours.is_open(now)
    local = now.astimezone(hours.zone)
    return hours.is_business_day(local.date()) and any(opens <= local.time() < closes for opens, closes in spans)


def make_team(by: Actor, name: str) -> Team:
    """A team without people. Refused without a name, with one that is taken, or for one too many."""
    called = clean_name(name)
    if (db.session.scalar(select(func.count()).select_from(Team)) or 0) >= TEAMS_MAX:
        raise Refusal(_("There are %(count)s teams already. Remove one first.", count=TEAMS_MAX))
    _free_team_name(called, None)
    team = Team(name=called)
    db.session.add(team)
    db.session.flush()
    record(by, TicketAct.team_made, team, name=called)
    return team


def change_team(
    team: Team, by: Actor, *, name: str, people: Collection[int], opens: time | None, closes: time | None
) -> None:
    """Who is in it, and when they work. Refused for hours that end before they begin, or of which one is missing."""
    called = clean_name(name)
    _free_team_name(called, team.id)
    if (opens is None) != (closes is None) or (opens is not None and closes is not None and opens >= closes):
        raise Refusal(_("Write both hours, the beginning before the end, or none."), field="opens")
    chosen = select(User).where(User.id.in_(people), User.role.in_(DESK), User.active)
    team.name, team.opens, team.closes = called, opens, closes
    team.people = list(db.session.scalars(chosen))
    names = sorted(one.name for one in team.people)
    record(by, TicketAct.team_changed, team, name=called, people=names, opens=_told(opens), closes=_told(closes))


def remove_team(team: Team, by: Actor) -> None:
    """Its people and queues stay; nobody in particular works on those."""
    record(by, TicketAct.team_removed, team, name=team.name)
    db.session.delete(team)


def clean_name(words: str, *, optional: bool = False) -> str:
    """A name without needless space. Refused where it is too long, or empty where it may not be."""
    called = " ".join(words.replace("\x00", "").split())
    if len(called) > NAME_MAX or not (called or optional):
        raise Refusal(_("Write a name of at most %(count)s characters.", count=NAME_MAX), field="name")
    return called


def _free_team_name(name: str, own: int | None) -> None:
    if db.session.scalar(select(Team.id).where(Team.name == name, Team.id != (own or 0))):
        raise Refusal(_("There is a team of this name already."), field="name")


def _told(at: time | None) -> str:
    return at.isoformat("minutes") if at else ""
