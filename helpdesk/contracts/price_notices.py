"""New prices, announced to resellers in advance by mail or letter, on record (5-6; R58)."""

from collections.abc import Sequence
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk import clock
from helpdesk.addresses import is_address
from helpdesk.audit.models import Actor, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.life import today
from helpdesk.contracts.windows import Sent
from helpdesk.customers.resellers import Reseller
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.notices.models import Notice, post
from helpdesk.wording import date_words


class PriceNotice(Model):
    """One notice to one reseller; a mail of ours has its `notice_id`, a letter the day on which it was posted."""

    __tablename__ = "price_notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    reseller_id: Mapped[int] = mapped_column(ForeignKey("resellers.id"), index=True)
    way: Mapped[Sent]
    sent_on: Mapped[date]
    effective_on: Mapped[date]
    address: Mapped[str]
    words: Mapped[str]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id"))
    by_name: Mapped[str]
    recorded_at: Mapped[datetime]

    reseller: Mapped[Reseller] = relationship()
    notice: Mapped[Notice | None] = relationship()


def announce_prices(
    by: Actor,
    reseller: Reseller,
    *,
    effective_on: date,
    words: str,
    address: str,
    way: Sent = Sent.mail,
    sent_on: date | None = None,
) -> PriceNotice:
    """Mail the notice now, or note a letter that was posted. Refused unless it is in advance (5-6)."""
    sent_on = today() if way == Sent.mail else sent_on or today()
    if effective_on <= sent_on:
        raise Refusal(_("New prices are announced before they hold (5-6)."), field="effective_on")
    if not words.strip():
        raise Refusal(_("Write what changes."), field="words")
    notice = _mail(reseller, effective_on, words, address) if way == Sent.mail else None
    row = PriceNotice(
        reseller_id=reseller.id,
        way=way,
        sent_on=sent_on,
        effective_on=effective_on,
        address=address.strip(),
        words=words.strip(),
        notice_id=notice.id if notice else None,
        by_name=by.name,
        recorded_at=clock.now(),
    )
    row.reseller = reseller
    db.session.add(row)
    record(by, ContractAct.price_notice, reseller, from_on=effective_on.isoformat(), name=reseller.name)
    return row


def _mail(reseller: Reseller, effective_on: date, words: str, address: str) -> Notice:
    if not is_address(address.strip()):
        raise Refusal(_("This is not a mail address."), field="address")
    notice = post(
        "price_notice",
        to=address.strip().lower(),
        language="ja",
        name=reseller.name,
        effective=date_words(effective_on, "ja"),
        words=words.strip(),
    )
    db.session.flush()
    return notice


def price_notices(limit: int = 50) -> Sequence[PriceNotice]:
    """The newest first."""
    return db.session.scalars(select(PriceNotice).order_by(PriceNotice.id.desc()).limit(limit)).all()
