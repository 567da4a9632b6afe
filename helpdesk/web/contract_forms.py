"""The forms of contracts, each with a prefix of its own: a page has many of them."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from helpdesk.contracts.applications import LicenceEdition, LicenceOrigin, RefusalGround
from helpdesk.contracts.contract_notices import WORDS_MAX, ContractNoticeKind, NoticeWay
from helpdesk.contracts.dates import FIRST_YEAR, LAST_YEAR
from helpdesk.contracts.life import today
from helpdesk.contracts.models import CHOSEN, CLIENTS_MAX
from helpdesk.contracts.payments import YEN_MAX
from helpdesk.contracts.suspensions import SuspensionGround
from helpdesk.contracts.windows import Sent
from helpdesk.contracts.words import (
    CONTRACT_NOTICE_WORDS,
    EDITION_WORDS,
    ENDING_WORDS,
    NOTICE_WAY_WORDS,
    ORIGIN_WORDS,
    REFUSAL_WORDS,
    SUSPENSION_WORDS,
)
from helpdesk.terms.models import TermsKind, versions_of
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.person_form import FILL_IN

REQUIRED = InputRequired(FILL_IN)
COUNT = NumberRange(1, CLIENTS_MAX, _l("Write a number from 1 on."))
PLAN_MAX, REASON_MAX = 100, 1_000


class KnownDay:
    """Validates a day within the years that calendars are known for: nobody means another."""

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if field.data is not None and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
            raise ValidationError(_("Choose a day between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))


class PastDay(KnownDay):
    """The same, and not to come."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        super().__call__(form, field)
        if field.data is not None and field.data > today():
            raise ValidationError(_("This day is to come."))


KNOWN, PAST = KnownDay(), PastDay()


def choices(words: dict[str, str], kinds: Any) -> list[tuple[str, Any]]:
    return [(kind.value, _l(words[kind.value])) for kind in kinds]


class ApplyForm(FlaskForm):
    plan = StringField(_l("Plan"), [REQUIRED, Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(_l("Clients to be managed"), [REQUIRED, COUNT])
    address = StringField(_l("Mail address in the application"), [REQUIRED, Length(max=254), MailAddress()], [strip])
    applied_on = DateField(_l("Applied on"), [REQUIRED, KNOWN])
    wanted_start_on = DateField(_l("Wanted start"), [Optional(), KNOWN])
    edition = SelectField(_l("Edition of the licence"), choices=choices(EDITION_WORDS, LicenceEdition))
    origin = SelectField(
        _l("Licences"), choices=choices(ORIGIN_WORDS, LicenceOrigin), default=LicenceOrigin.reseller.value
    )
    licence_until = DateField(_l("Licence valid until"), [Optional(), KNOWN])
    support_until = DateField(_l("Maker's support ends"), [Optional(), KNOWN])
    terms_version = SelectField(_l("Version of the terms agreed to"))
    menu_version = SelectField(_l("Version of the service menu"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, kind in ((self.terms_version, TermsKind.terms), (self.menu_version, TermsKind.menu)):
            told = ((str(one.number), _("version %(number)s", number=one.number)) for one in versions_of(kind))
            field.choices = [("", _("not said")), *told]
            # a form that does not say which says none
            field.data = "" if field.data is None else field.data


class StartForm(FlaskForm):
    start_on = DateField(_l("Service start"), [REQUIRED, KNOWN])


class RefusalForm(FlaskForm):
    ground = SelectField(_l("Ground"), choices=choices(REFUSAL_WORDS, RefusalGround))
    words = StringField(_l("In words"), [Length(max=REASON_MAX)], [strip])


class PutOffForm(FlaskForm):
    start_on = DateField(_l("New wanted start"), [REQUIRED, KNOWN])
    words = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_MAX)], [strip])


class EntryForm(FlaskForm):
    """A contract that was formed otherwise, such as on paper."""

    plan = StringField(_l("Plan"), [REQUIRED, Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(_l("Clients to be managed"), [Optional(), COUNT])
    start = DateField(_l("In force from"), [REQUIRED, KNOWN])
    end = DateField(_l("Until (last day)"), [Optional(), KNOWN])
    applied_on = DateField(_l("Applied on"), [Optional(), KNOWN])


class SuspendForm(FlaskForm):
    ground = SelectField(_l("Ground"), choices=choices(SUSPENSION_WORDS, SuspensionGround))
    words = StringField(_l("What the customer is told"), [Length(max=REASON_MAX)], [strip])


class ChangeForm(FlaskForm):
    plan = StringField(_l("Plan"), [REQUIRED, Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(_l("Clients to be managed"), [REQUIRED, COUNT])


class NoticeForm(FlaskForm):
    kind = SelectField(_l("Kind"), choices=choices(CONTRACT_NOTICE_WORDS, ContractNoticeKind))
    way = SelectField(
        _l("How it came"), choices=choices(NOTICE_WAY_WORDS, [one for one in NoticeWay if one != NoticeWay.portal])
    )
    arrived_on = DateField(_l("Arrived on"), [REQUIRED, KNOWN])
    from_name = StringField(_l("Who gave notice"), [REQUIRED, Length(max=200)], [strip])
    plan = StringField(_l("Plan (for a change)"), [Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(_l("Clients (for a change)"), [Optional(), COUNT])
    words = TextAreaField(_l("What it says"), [Length(max=WORDS_MAX)])


class ArrivalForm(FlaskForm):
    arrived_on = DateField(_l("Arrived on"), [REQUIRED, KNOWN])
    reason = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_MAX)], [strip])


class BecauseForm(FlaskForm):
    words = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_MAX)], [strip])


class ConfirmForm(FlaskForm):
    words = StringField(_l("What was shown, what was agreed"), [Length(max=REASON_MAX)], [strip])


class PartForm(FlaskForm):
    """What remains of a contract of which a part ends."""

    plan = StringField(_l("Plan that remains"), [REQUIRED, Length(max=PLAN_MAX)], [strip])
    clients = IntegerField(_l("Clients that remain"), [REQUIRED, COUNT])
    words = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_MAX)], [strip])


class EndForm(FlaskForm):
    ending = SelectField(_l("Clause"), choices=choices(ENDING_WORDS, CHOSEN))
    on = DateField(_l("Last day (12-5, or as agreed)"), [Optional(), KNOWN])
    words = StringField(_l("Reason"), [REQUIRED, Length(max=REASON_MAX)], [strip])
    all_due = BooleanField(_l("Everything owed falls due at once (12-1 to 12-3)"))


class CountForm(FlaskForm):
    licences = IntegerField(_l("Licences on the dashboard"), [REQUIRED, NumberRange(0, CLIENTS_MAX)])
    counted_on = DateField(_l("Seen on"), [REQUIRED, KNOWN])


class PaymentForm(FlaskForm):
    paid_on = DateField(_l("Paid on"), [REQUIRED, KNOWN])
    yen = IntegerField(_l("Amount in yen"), [REQUIRED, NumberRange(1, YEN_MAX)])
    words = StringField(_l("For what"), [Length(max=200)], [strip])


class AuditForm(FlaskForm):
    told_on = DateField(_l("Told on"), [REQUIRED, KNOWN])
    held_on = DateField(_l("Held on"), [REQUIRED, KNOWN])
    scope = StringField(_l("Scope"), [REQUIRED, Length(max=REASON_MAX)], [strip])
    findings = TextAreaField(_l("Findings"), [Length(max=WORDS_MAX)])
    mailed = BooleanField(_l("Mail the notice now to who handles the contract"))


class FindingsForm(FlaskForm):
    words = TextAreaField(_l("Findings"), [REQUIRED, Length(max=WORDS_MAX)])


class PriceForm(FlaskForm):
    reseller = SelectField(_l("Reseller"), coerce=int)
    effective_on = DateField(_l("New prices from"), [REQUIRED, KNOWN])
    way = SelectField(_l("How"), choices=choices({"mail": "メール / mail", "post": "郵送 / letter"}, Sent))
    address = StringField(_l("Mail address, or where the letter went"), [REQUIRED, Length(max=300)], [strip])
    sent_on = DateField(_l("Posted on (letter)"), [Optional(), KNOWN])
    words = TextAreaField(_l("What changes"), [REQUIRED, Length(max=WORDS_MAX)])


FORMS: dict[str, type[FlaskForm]] = {
    "apply": ApplyForm,
    "start": StartForm,
    "refuse": RefusalForm,
    "putoff": PutOffForm,
    "entry": EntryForm,
    "suspend": SuspendForm,
    "change": ChangeForm,
    "decline": RefusalForm,
    "notice": NoticeForm,
    "arrival": ArrivalForm,
    "takeback": BecauseForm,
    "confirm": ConfirmForm,
    "part": PartForm,
    "goon": BecauseForm,
    "cancel": BecauseForm,
    "end": EndForm,
    "count": CountForm,
    "payment": PaymentForm,
    "removal": BecauseForm,
    "findings": FindingsForm,
    "audit": AuditForm,
}
"""The forms of a customer's page, by their prefix."""
