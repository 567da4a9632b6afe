"""The ticket: one piece of a customer's business, whatever door it came through."""

from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, String, Text, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.subcontractors import reaches
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import Calendar
from helpdesk.console.values import Severity
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.customers.models import Contact, Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import Notice
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.closures import Closure
from helpdesk.tickets.kinds import Channel, Intent, Priority, Queue, TicketKind, TicketState, Verdict
from helpdesk.tickets.news import NewsKind, take_back, tell
from helpdesk.tickets.titles import titled


def home_queue(customer: Customer, kind: TicketKind) -> str:
    """The code of the queue where a customer's tickets of a kind begin."""
    if kind == TicketKind.alert:
        return customer.alert_queue or Queue.alerts.value
    return customer.inquiry_queue or Queue.inquiries.value


SNOOZED_FOR_ANSWER = datetime(9999, 12, 31, tzinfo=UTC)
_OPEN = text("state <> 'closed'")


class Ticket(Model):
    """`due_at` is what is due now and empty when nothing is, `due_since` when its clock was started.

    `first_due_at` and `first_responded_at` stay. `verdict` and its confidence (percent) are the suggestion until
    `verdict_decided`. `preview` is the last message's first words. `covered` tells whether a contract was in
    force when it came (R06), `verified` whether the sender was shown to be who the mail says, `failed_check` that they
    were shown not to be. `queue` is a queue's code.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index(
            "ix_tickets_open_due",
            text("due_at ASC NULLS LAST"),
            "id",
            postgresql_where=_OPEN,
            postgresql_include=["queue", "assignee_id", "state", "snoozed_until"],
        ),
        Index("ix_tickets_open_queue", "queue", text("due_at ASC NULLS LAST"), "id", postgresql_where=_OPEN),
        Index("ix_tickets_open_assignee", "assignee_id", text("due_at ASC NULLS LAST"), "id", postgresql_where=_OPEN),
        Index("ix_tickets_open_updated", "updated_at", "id", postgresql_where=_OPEN),
        Index("ix_tickets_updated", "updated_at"),
        Index("ix_tickets_customer", "customer_id", "updated_at", "id"),
        Index("ix_tickets_customer_opened", "customer_id", "opened_at"),
        Index("ix_tickets_opened", "opened_at"),
        Index("ix_tickets_responded", "first_responded_at", postgresql_where=text("first_responded_at IS NOT NULL")),
        Index("ix_tickets_alerts", "customer_id", "updated_at", "id", postgresql_where=text("kind = 'alert'")),
        Index("ix_tickets_requester", "requester_id", "updated_at", "id"),
        Index("ix_tickets_closed", "closed_at", "id", postgresql_where=text("state = 'closed'")),
        Index("ix_tickets_serial", text("split_part(reference, '-', 2) text_pattern_ops")),
        Index("ix_tickets_reference", text("reference text_pattern_ops")),
        Index("ix_tickets_merged", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_tickets_tagged", "id", postgresql_where=text("state <> 'closed' AND tags <> '{}'")),
        Index("ix_tickets_snoozed", "snoozed_until", postgresql_where=text("snoozed_until IS NOT NULL")),
        Index("ix_tickets_inquiries", "id", postgresql_where=text("kind = 'inquiry'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    reply_token: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TicketKind]
    intent: Mapped[Intent] = mapped_column(default=Intent.inquiry, server_default="inquiry")
    state: Mapped[TicketState] = mapped_column(default=TicketState.new)
    queue: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    requester_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    sender: Mapped[str | None]
    caller: Mapped[str] = mapped_column(default="", server_default="")
    """Who called, and their number, where they are no contact of the customer."""
    subject: Mapped[str]
    title: Mapped[str] = mapped_column(default="", server_default="")
    topic: Mapped[str] = mapped_column(default="")
    concerns: Mapped[str] = mapped_column(default="")
    priority: Mapped[Priority] = mapped_column(default=Priority.normal)
    channel: Mapped[Channel]
    verified: Mapped[bool] = mapped_column(default=True)
    failed_check: Mapped[bool] = mapped_column(default=False)
    covered: Mapped[bool] = mapped_column(default=True)
    told_unnamed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """An alert reported to somebody whom the customer had not named for it: nobody was named (R13)."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_since: Mapped[datetime]
    first_due_at: Mapped[datetime | None]
    first_responded_at: Mapped[datetime | None]
    due_left: Mapped[int | None]
    """Seconds of service time that were left when its clock stood still (10-1); `due_at` is empty while it does."""
    calendar_version: Mapped[int] = mapped_column(ForeignKey("calendar_versions.id"))
    closed_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None]
    verdict_confidence: Mapped[int | None]
    verdict_decided: Mapped[bool] = mapped_column(default=False)
    severity: Mapped[Severity | None]
    preview: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    once: Mapped[str | None] = mapped_column(unique=True)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    snoozed_until: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))

    customer: Mapped[Customer | None] = relationship()
    requester: Mapped[Contact | None] = relationship()
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    notices: WriteOnlyMapped[Notice] = relationship(foreign_keys=Notice.ticket_id)

    @property
    def closed(self) -> bool:
        return self.state == TicketState.closed

    @property
    def stands_still(self) -> bool:
        """Whether something is due once the customer's service goes on (10-1)."""
        return self.due_left is not None and self.due_at is None

    @property
    def headline(self) -> str:
        """What it is called, in the language at hand: an alert by what its `title` is made of (titles.py)."""
        return titled(self.subject, self.title)

    @property
    def addressee(self) -> Contact | None:
        """Whom the desk's words are mailed to: the requester, while they have the right to be told (S4)."""
        person = self.requester
        if (
            person is None
            or person.closed
            or (self.kind == TicketKind.alert and not (person.sees_alerts or self.told_unnamed))
        ):
            return None
        return person

    @property
    def answered_in_time(self) -> bool | None:
        """Whether the first response met its due time; None while there was none (R12)."""
        if self.first_responded_at is None or self.first_due_at is None:
            return None
        return self.first_responded_at <= self.first_due_at

    def assign(self, by: Actor, assignee: User | None) -> None:
        """Give the ticket to an agent, or to nobody."""
        if assignee is not None and not (assignee.active and assignee.works_tickets):
            raise Refusal(_("Only an active agent can take a ticket."))
        if assignee is not None and not reaches(assignee, self.customer_id):
            raise Refusal(_("This customer is not given to whom you chose."))
        if self.assignee_id == (assignee.id if assignee else None):
            return
        take_back(self.assignee_id, self.id, NewsKind.assigned)
        self.assignee, self.assignee_id = assignee, assignee.id if assignee else None
        if assignee is not None and self.state == TicketState.new:
            self.state = TicketState.open
        self._changed(by, TicketAct.assigned, to=assignee.name if assignee else None)
        tell(self.assignee_id, self.id, NewsKind.assigned, by)

    def set_priority(self, by: Actor, priority: Priority) -> None:
        if self.priority == priority:
            return
        before, self.priority = self.priority, priority
        self._changed(by, TicketAct.priority_set, before=before.value, after=priority.value)

    def move_to(self, by: Actor, queue: str, name: str = "") -> None:
        """Into the queue of this code; `name` is what an own queue is called at the time."""
        if self.queue == queue:
            return
        before, self.queue = self.queue, queue
        self._changed(by, TicketAct.moved, before=str(before), after=str(queue), name=name)

    def match(self, by: Actor, customer: Customer, requester: Contact | None) -> None:
        """Say whose a ticket is that came from an unknown sender (R14)."""
        if self.customer_id is not None:
            raise Refusal(_("This ticket belongs to a customer already."))
        if requester is not None and requester.customer_id != customer.id:
            raise Refusal(_("This person belongs to another customer."))
        self.customer, self.requester = customer, requester
        self.customer_id, self.requester_id = customer.id, requester.id if requester else None
        self.queue = home_queue(customer, self.kind)
        self._changed(by, TicketAct.matched, customer=customer.name)

    def set_requester(self, by: Actor, contact: Contact) -> None:
        """Say which person of the customer this ticket is answered to."""
        if contact.customer_id != self.customer_id:
            raise Refusal(_("This person belongs to another customer."))
        if contact.closed:
            raise Refusal(_("This person is closed. Reopen them first."))
        if db.session.scalar(select(Ticket.id).where(Ticket.merged_into_id == self.id).limit(1)):
            raise Refusal(_("A ticket of this person was merged into this one. Undo that first."))
        self.requester, self.requester_id = contact, contact.id
        self._changed(by, TicketAct.requester_set, name=contact.name)

    def wait_for_customer(self, by: Actor) -> None:
        """Nothing is due from the desk until the customer writes."""
        self._open_or_refuse()
        self.state, self.due_at, self.due_left = TicketState.waiting, None, None
        self._changed(by, TicketAct.waiting)

    def resume(self, by: Actor, calendar: Calendar, answer_minutes: int) -> None:
        """It is the desk's again, though the customer wrote nothing; one that waited is due an answer again."""
        self._open_or_refuse()
        if self.state == TicketState.waiting:
            self.restart_clock(calendar, answer_minutes)
        self.state = TicketState.open
        self._changed(by, TicketAct.resumed)

    def respond(self, at: datetime) -> None:
        """The desk has responded: what was due is met, and the first time is kept (R12)."""
        if self.first_responded_at is None:
            self.first_responded_at = at
        self.due_at = self.due_left = None
        if self.state == TicketState.new:
            self.state = TicketState.open

    def close(self, by: Actor, reason: str = "") -> None:
        """Close the ticket. Raises Refusal where it is closed."""
        self._open_or_refuse()
        now = clock.now()
        self.state, self.closed_at, self.due_at, self.snoozed_until = TicketState.closed, now, None, None
        self.due_left = None
        db.session.add(Closure(ticket_id=self.id, at=now, by=by.name, reason=reason))
        self._changed(by, TicketAct.closed, reason=reason)

    def reopen(
        self, by: Actor, reason: str, calendar: Calendar, answer_minutes: int, *, since: datetime | None = None
    ) -> None:
        """Open a closed ticket again; an answer is due again, counted from `since` or now."""
        if not self.closed:
            raise Refusal(_("This ticket is not closed."))
        if self.merged_into_id is not None:
            raise Refusal(_("This ticket was merged into another and goes on there."))
        self.state, self.closed_at = TicketState.open, None
        self.restart_clock(calendar, answer_minutes, since=since)
        self._changed(by, TicketAct.reopened, reason=reason)

    def reopen_for_desk(self) -> None:
        """The customer's part is done: a ticket that waited for them is the desk's again."""
        if self.state == TicketState.waiting:
            self.state = TicketState.open
        self.snoozed_until = None
        self.touch()

    def restart_clock(self, calendar: Calendar, answer_minutes: int, *, since: datetime | None = None) -> None:
        """An answer is due within so many minutes of service time from `since` or now, unless one is due already.

        While the customer's service is suspended the clock stands still at its beginning (10-1).
        """
        if self.due_at is not None:
            return
        suspended = self.customer_id is not None and cover_of(self.customer_id).cover == Cover.suspended
        if suspended and self.stands_still:
            return
        self.due_since, self.calendar_version = since or clock.now(), calendar.version
        if suspended:
            self.due_left = 60 * answer_minutes
            return
        self.due_at = calendar.hours.add_service_time(self.due_since, timedelta(minutes=answer_minutes))
        self.due_left = None

    def touch(self) -> None:
        """Note that something on the ticket changed: live pages and conflict checks look at `version`."""
        self.updated_at = clock.now()
        self.version += 1

    def _changed(self, by: Actor, act: TicketAct, **details: object) -> None:
        self.touch()
        record(by, act, self, **details)

    def _open_or_refuse(self) -> None:
        if self.closed:
            raise Refusal(_("This ticket is closed already. Reopen it first."))
