"""What an agent is told of: in the page, by a mail that collects it, or by the browser, as each prefers.

Nobody is told of what they did themselves; what was told and is unread is not told again.
"""

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    bindparam,
    column,
    delete,
    func,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.subcontractors import reaches
from helpdesk.audit.models import SYSTEM, Actor, ActorKind
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import Model, db
from helpdesk.notices.models import post
from helpdesk.tickets.teams import at_work
from helpdesk.tickets.titles import titled_in

SHOWN = 100
COLLECTED_MAX = 50


class NewsKind(enum.StrEnum):
    """What there is to be told of, each with a setting a person."""

    assigned = "assigned"
    answered = "answered"
    mentioned = "mentioned"
    due = "due"
    undelivered = "undelivered"
    woken = "woken"
    review = "review"
    sent_back = "sent_back"
    handed = "handed"


class NewsWay(enum.StrEnum):
    page = "page"
    mail = "mail"
    browser = "browser"


USUAL = {kind.value: [NewsWay.page.value] for kind in NewsKind}


class News(Model):
    """One thing that a person is told of a ticket, `by` whom it came."""

    __tablename__ = "agent_news"
    __table_args__ = (
        Index("ix_agent_news_unread", "user_id", "id", postgresql_where=text("seen_at IS NULL")),
        Index("ix_agent_news_unmailed", "user_id", postgresql_where=text("seen_at IS NULL AND mailed_at IS NULL")),
        Index("ix_agent_news_at", "at"),
        Index(
            "uq_agent_news_unread",
            *("user_id", "ticket_id", "kind"),
            unique=True,
            postgresql_where=text("seen_at IS NULL"),
        ),
        Index("ix_agent_news_ticket", "ticket_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[NewsKind]
    by: Mapped[str]
    in_page: Mapped[bool] = mapped_column(default=True, server_default="true")
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class Follower(Model):
    """An agent who is told of a ticket that is not theirs."""

    __tablename__ = "ticket_followers"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)


def tell(user_id: int | None, ticket_id: int, kind: NewsKind, by: Actor) -> None:
    """Tell a person, unless they did it, want no news of it, or have it unread already."""
    if user_id is None or (by.kind == ActorKind.user and by.id == user_id):
        return
    person = db.session.get(User, user_id)
    if person is None or not person.active or not person.works_tickets or not (ways := ways_of(person, kind)):
        return
    if not _reached_by(person, ticket_id):
        return
    told = {"user_id": user_id, "ticket_id": ticket_id, "kind": kind, "by": _name(by), "at": clock.now()}
    row = insert(News).values(**told, in_page=NewsWay.page in ways)
    # the ticket may be as new as the news of it
    db.session.flush()
    unread = [News.user_id, News.ticket_id, News.kind]
    db.session.execute(row.on_conflict_do_nothing(index_elements=unread, index_where=text("seen_at IS NULL")))


def _reached_by(person: User, ticket_id: int) -> bool:
    """A subcontractor's people hear of the tickets of their customers alone (R62)."""
    of = select(_TICKETS.c.customer_id).where(_TICKETS.c.id == ticket_id)
    return person.subcontractor_id is None or reaches(person, db.session.scalar(of))


def _name(by: Actor) -> str:
    return "" if by.kind == ActorKind.system else by.name


def tell_followers(assignee_id: int | None, ticket_id: int, kind: NewsKind, by: Actor) -> None:
    """Tell whose ticket it is, and who follows it."""
    followers = db.session.scalars(select(Follower.user_id).where(Follower.ticket_id == ticket_id))
    for user_id in dict.fromkeys([*([assignee_id] if assignee_id else []), *followers]):
        tell(user_id, ticket_id, kind, by)


def take_back(user_id: int | None, ticket_id: int, kind: NewsKind) -> None:
    """What was told is no news any more: nobody needs to read it."""
    rows = delete(News).where(News.user_id == user_id, News.ticket_id == ticket_id, News.kind == kind)
    db.session.execute(rows.where(News.seen_at.is_(None)))


def follow_both(ticket_id: int, assignee_id: int | None, to_id: int) -> list[int]:
    """Whoever heard of one ticket hears of another from now on; returns who did not before."""
    here = select(Follower.user_id).where(Follower.ticket_id == ticket_id)
    wanted = {*db.session.scalars(here), *([assignee_id] if assignee_id else [])}
    rows = [{"ticket_id": to_id, "user_id": user_id} for user_id in sorted(wanted)]
    if not rows:
        return []
    fresh = insert(Follower).values(rows).on_conflict_do_nothing().returning(Follower.user_id)
    return list(db.session.scalars(fresh))


def unfollow_all(user_ids: Sequence[int], ticket_id: int) -> None:
    db.session.execute(delete(Follower).where(Follower.ticket_id == ticket_id, Follower.user_id.in_(user_ids)))


def follow(user: User, ticket_id: int) -> None:
    row = insert(Follower).values(ticket_id=ticket_id, user_id=user.id)
    db.session.execute(row.on_conflict_do_nothing())


def unfollow(user: User, ticket_id: int) -> None:
    row = db.session.get(Follower, (ticket_id, user.id))
    if row is not None:
        db.session.delete(row)


def followers_of(ticket_id: Any) -> Select[*tuple[Any, ...]]:
    """Their ids and names."""
    rows: Select[*tuple[Any, ...]] = select(User.id, User.name).join(Follower, Follower.user_id == User.id)
    return rows.where(Follower.ticket_id == ticket_id).order_by(User.name)


def ways_of(user: User, kind: NewsKind) -> list[str]:
    """How this person wants to be told of it."""
    chosen: dict[str, list[str]] = user.preferences.get("told", USUAL)
    # a kind that came later is told in the page until they choose
    return chosen.get(kind.value, [NewsWay.page.value])


def read_ticket(user: User, ticket_id: int) -> bool:
    """The person looks at the ticket: what was told of it is read. Whether anything was unread."""
    unread = update(News).where(News.user_id == user.id, News.ticket_id == ticket_id, News.seen_at.is_(None))
    return db.session.execute(unread.values(seen_at=clock.now()).returning(News.id)).first() is not None


def read_all(user: User) -> None:
    unread = update(News).where(News.user_id == user.id, News.seen_at.is_(None))
    db.session.execute(unread.values(seen_at=clock.now()))


def unread_mark() -> Any:
    """A number that changes with what a person has not read, with the parameter `me`; to be put into a statement."""
    mine = (News.user_id == bindparam("me", type_=Integer), News.seen_at.is_(None))
    return select(func.coalesce(func.sum(News.id), 0)).where(*mine).scalar_subquery()


def unread_count() -> Any:
    """How many news a person has not read on pages, up to 100, with the parameter `me`; to be put into a statement."""
    mine = (News.user_id == bindparam("me", type_=Integer), News.seen_at.is_(None), News.in_page)
    few = select(News.id).where(*mine).limit(SHOWN).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def newest_unread(user: User) -> Sequence[Row[Any]]:
    """What this person has not read, the newest first: (id, kind, by, in_page, at, reference, subject, title)."""
    rows = select(
        News.id, News.kind, News.by, News.in_page, News.at, _TICKETS.c.reference, _TICKETS.c.subject, _TICKETS.c.title
    )
    rows = rows.join(_TICKETS, _TICKETS.c.id == News.ticket_id).where(News.user_id == user.id, News.seen_at.is_(None))
    return db.session.execute(rows.order_by(News.id.desc()).limit(SHOWN)).all()


def tell_what_is_due() -> int:
    """Tell whose ticket it is, once, that its time ends within an hour; in service hours. Returns how many tickets."""
    hours, now = current_calendar().hours, clock.now()
    if not hours.is_open(now):
        return 0
    tickets = _TICKETS.c
    told = select(News.id).where(
        News.ticket_id == tickets.id,
        News.kind == NewsKind.due,
        News.user_id == tickets.assignee_id,
        or_(News.at >= tickets.due_since, News.seen_at.is_(None)),
    )
    near = select(tickets.id, tickets.assignee_id).where(
        tickets.state != "closed", tickets.due_at.between(now, now + NEAR), tickets.assignee_id.is_not(None)
    )
    # open tickets of one hour: few, and all of them are looked at
    rows = db.session.execute(near.where(~told.exists())).all()
    for row in rows:
        tell(row.assignee_id, row.id, NewsKind.due, SYSTEM)
    return len(rows)


def collect_mails() -> int:
    """Mail each person what they want by mail and have not read, while they work; returns how many mails."""
    hours, now = current_calendar().hours, clock.now()
    waiting = (News.seen_at.is_(None), News.mailed_at.is_(None))
    people = db.session.scalars(select(News.user_id).where(*waiting).distinct().limit(SHOWN)).all()
    working = [user_id for user_id in people if at_work(user_id, hours, now)]
    return sum(_collect(db.session.get_one(User, user_id), waiting) for user_id in working)


def _collect(person: User, waiting: tuple[ColumnElement[bool], ...]) -> bool:
    """One mail of everything that waits for this person, if they want any of it by mail."""
    rows = select(News).where(News.user_id == person.id, *waiting).order_by(News.id.desc())
    news = db.session.scalars(rows.with_for_update(skip_locked=True)).all()
    for one in news:
        one.mailed_at = clock.now()
    by_mail = [one for one in news if NewsWay.mail in ways_of(person, one.kind)]
    wanted = [one for one in by_mail if _reached_by(person, one.ticket_id)]
    if not wanted or not person.active or not person.works_tickets:
        return False
    _mail(person, wanted[:COLLECTED_MAX], len(wanted))
    return True


def _mail(person: User, news: Sequence[News], count: int) -> None:
    wanted = select(_TICKETS).where(_TICKETS.c.id.in_({one.ticket_id for one in news}))
    tickets = {row.id: row for row in db.session.execute(wanted)}
    language = person.language.value
    post(
        "news",
        to=person.email,
        language=language,
        name=person.name,
        count=count,
        more=count - len(news),
        news=[
            {
                "kind": one.kind.value,
                "by": one.by,
                "reference": tickets[one.ticket_id].reference,
                "subject": titled_in(language, tickets[one.ticket_id].subject, tickets[one.ticket_id].title),
            }
            for one in news
        ],
        base=current_app.config["BASE_URL"],
    )


def drop_old_news() -> int:
    """Forget what was told over 90 days ago, read or not; returns how many."""
    gone = db.session.execute(delete(News).where(News.at < clock.now() - LIFE).returning(News.id))
    return len(gone.all())


LIFE = timedelta(days=90)
NEAR = timedelta(hours=1)
_TICKETS = table(
    "tickets",
    *(column(name) for name in ("id", "reference", "subject", "title", "state", "due_at", "due_since")),
    *(column(name) for name in ("assignee_id", "customer_id")),
)
"""Tickets lean on this: they are read by name."""
