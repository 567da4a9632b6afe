"""Tickets found by what was said on them: the best fifty among the newest thousand matches, in one statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    exists,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, distinct_on
from sqlalchemy.orm import aliased

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.calendar.hours import midnight
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.search.excerpts import Piece, excerpt, marked
from helpdesk.search.query import ME, NOBODY, Query
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.terms import search_query, search_vector
from helpdesk.tickets.visibility import visible

MATCHES = 1_000
SAMPLE, OFTEN = 1_000, 40
"""A word is common where so many of the newest messages have it."""
NEAR, FAR = 150_000, 1_500_000
"""How many of the newest messages a rarer word is looked for in first, and then."""
SOME = 60
"""With fewer among the first, all its messages are few enough to be looked at together."""
PAGE = 50
READ = 20_000
"""Characters of a message that the shown excerpt is looked for in: more than is indexed."""
_BATCH = 2_000

Newest = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Hit:
    """A ticket and the message on it that fits best."""

    row: Row[Any]
    subject: list[Piece]
    excerpt: list[Piece]


@dataclass(frozen=True)
class SearchResults:
    """`matches` counts messages, up to 1,000; `more` tells that there are older ones, or further tickets.

    `behind` tells that messages which were read anew are not indexed yet, and may be missing.
    """

    hits: list[Hit]
    matches: int
    more: bool
    behind: bool = False


_SHOWN = (
    Ticket.id,
    Ticket.reference,
    Ticket.kind,
    Ticket.intent,
    Ticket.state,
    Ticket.subject,
    Ticket.verdict,
    Ticket.verdict_decided,
    Ticket.verdict_confidence,
    Ticket.updated_at,
    Customer.name.label("customer"),
    User.name.label("assignee"),
)


def find_tickets(user: User, query: Query, zone: ZoneInfo, *, skip: int = 0) -> SearchResults:
    """What this person may see (R70) and every word and filter fits, best first; none for an empty query.

    Relevance is PostgreSQL's: words in the subject count more, in long texts less; then the newer first.
    """
    wanted = search_query(query.words)
    if not wanted and (query.words or not query.filtered):
        return SearchResults([], 0, False)
    if not wanted:
        rows = _by_filters(user, query, zone)
    elif user.works_tickets and not query.filtered:
        rows = _FOR_THE_DESK
    else:
        rows = _by_words(lambda matched: _narrow(matched, user, query, zone))
    newest = db.session.scalar(_LAST) or 0
    bounds = {"near": newest - NEAR, "far": newest - FAR}
    tickets = db.session.execute(rows, {"asked": wanted, "skip": skip, "page": PAGE + 1, **bounds}).all()
    matches = tickets[0].matches if tickets else 0
    hits = [_hit(row, query.words) for row in tickets[:PAGE]]
    behind = bool(wanted) and matches < MATCHES and bool(db.session.scalar(_BEHIND))
    return SearchResults(hits, matches, len(tickets) > PAGE, behind)


def index_messages(batch: int = _BATCH) -> int:
    """Index messages that were read anew or brought in from elsewhere; the newest first. Returns how many."""
    first = select(func.min(Message.id)).where(Message.ticket_id == Ticket.id).correlate(Ticket).scalar_subquery()
    rows = db.session.execute(
        select(Message.id, Message.body, Ticket.subject, (Message.id == first).label("opens"))
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(Message.terms.is_(None))
        .order_by(Message.id.desc())
        .limit(batch)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    changes = [{"id": row.id, "terms": search_vector(row.body, row.subject if row.opens else "")} for row in rows]
    if changes:
        db.session.bulk_update_mappings(Message.__mapper__, changes)
    return len(changes)


def _by_words(narrowed: Callable[[Newest], Newest] = lambda rows: rows) -> Select[*tuple[Any, ...]]:
    """The statement, with the parameters `asked`, `near`, `far`, `skip` and `page`; `narrowed` adds who asks and the
    filters."""
    asked = bindparam("asked", type_=TSQUERY)
    newest = _newest(narrowed, asked)
    ranked = aliased(Message)
    rank = func.ts_rank(ranked.terms, asked, 1).label("rank")
    each = (
        select(newest.c.id, newest.c.ticket_id, rank)
        .join(ranked, ranked.id == newest.c.id)
        .ext(distinct_on(newest.c.ticket_id))
        .order_by(newest.c.ticket_id, rank.desc(), newest.c.id.desc())
        .subquery("each")
    )
    best = _page(select(each).order_by(each.c.rank.desc(), each.c.id.desc())).subquery("best")
    matches = select(func.count()).select_from(newest).scalar_subquery().label("matches")
    return (
        select(*_SHOWN, func.left(Message.body, READ).label("body"), Message.at, matches)
        .select_from(best)
        .join(Message, Message.id == best.c.id)
        .join(Ticket, Ticket.id == best.c.ticket_id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .order_by(best.c.rank.desc(), best.c.id.desc())
    )


def _newest(narrowed: Callable[[Newest], Newest], asked: BindParameter[Any]) -> CTE:
    """The newest matches, found without reading all: a word's rows by the index of words would be a hundredth of all.

    A word that many of the newest messages have is looked for from the newest back; any other by the index of words,
    among the newest messages first, then among more, then among all, until there are enough; a rare one's second step
    is all. What is not needed PostgreSQL does not begin.
    """
    fits = Message.terms.op("@@")(asked)
    few = select(Message.terms).order_by(Message.id.desc()).limit(SAMPLE).subquery("few")
    often = select(func.count()).select_from(few).where(few.c.terms.op("@@")(asked)).cte("often")
    share = select(*often.c).scalar_subquery()

    def part(name: str, order: ColumnElement[Any], *where: ColumnElement[bool]) -> CTE:
        rows = narrowed(select(Message.id, Message.ticket_id).where(*where))
        return rows.order_by(order).limit(MATCHES).cte(name).prefix_with("MATERIALIZED")

    # written so that one is not found by the index of words, and the others not in the order of numbers
    near, far, number = bindparam("near", type_=Integer), bindparam("far", type_=Integer), Message.id + 0
    common = part("common", Message.id.desc(), fits.is_(true()), share >= OFTEN)
    newer = part("newer", number.desc(), fits, share < OFTEN, Message.id > near)
    in_newer = select(func.count()).select_from(newer).scalar_subquery()
    some = in_newer.between(SOME, MATCHES - 1)
    older = part("older", number.desc(), fits, share < OFTEN, some, Message.id > far, Message.id <= near)
    found = in_newer + select(func.count()).select_from(older).scalar_subquery()
    rest = case((in_newer >= SOME, far), else_=near)
    oldest = part("oldest", number.desc(), fits, share < OFTEN, found < MATCHES, number <= rest)
    all_parts = union_all(*(select(found_part) for found_part in (common, newer, older, oldest))).subquery("parts")
    rows = select(*all_parts.c).order_by(all_parts.c.id.desc()).limit(MATCHES)
    return rows.cte("newest").prefix_with("MATERIALIZED")


def _narrow(rows: Newest, user: User, query: Query, zone: ZoneInfo) -> Newest:
    if not user.works_tickets:
        rows = rows.where(Message.kind != MessageKind.note)
    rows = rows.join(Ticket, Ticket.id == Message.ticket_id)
    return rows.where(visible(user), *_filters(user, query), *_when(Message.at, query, zone))


def _page(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return rows.offset(bindparam("skip", type_=Integer)).limit(bindparam("page", type_=Integer))


def _by_filters(user: User, query: Query, zone: ZoneInfo) -> Select[*tuple[Any, ...]]:
    """Without words: the newest tickets that the filters let through."""
    newest = (
        select(Ticket.id)
        .where(visible(user), *_filters(user, query), *_when(Ticket.opened_at, query, zone))
        .order_by(Ticket.id.desc())
        .limit(MATCHES)
        .cte("newest")
    )
    matches = select(func.count()).select_from(newest).scalar_subquery().label("matches")
    return _page(
        select(*_SHOWN, Ticket.preview.label("body"), Ticket.updated_at.label("at"), matches)
        .select_from(newest)
        .join(Ticket, Ticket.id == newest.c.id)
        .outerjoin(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .order_by(Ticket.id.desc())
    )


def _filters(user: User, query: Query) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.status:
        conditions.append(Ticket.state == query.status)
    if query.customer:
        named = select(Customer.id).where(Customer.name.ilike(_like(query.customer), escape="\\"))
        conditions.append(Ticket.customer_id.in_(named))
    if query.assignee == ME:
        conditions.append(Ticket.assignee_id == user.id)
    elif query.assignee == NOBODY:
        conditions.append(Ticket.assignee_id.is_(None))
    elif query.assignee:
        named = select(User.id).where(User.role.in_(DESK), User.name.ilike(_like(query.assignee), escape="\\"))
        conditions.append(Ticket.assignee_id.in_(named))
    return conditions


def _when(at: Any, query: Query, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.before:
        conditions.append(at < midnight(query.before, zone))
    if query.after:
        conditions.append(at >= midnight(query.after, zone))
    return conditions


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _hit(row: Row[Any], words: Sequence[str]) -> Hit:
    return Hit(row, marked(row.subject, words), excerpt(row.body, words))


_LAST = select(func.max(Message.id))
_BEHIND = select(exists().where(Message.terms.is_(None)))
_FOR_THE_DESK = _by_words()
"""Words alone, asked by who sees every ticket: built once, which is a good part of what it costs."""
