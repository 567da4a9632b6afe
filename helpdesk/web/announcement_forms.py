"""Forms of an announcement on the desk: its words, when it is published, why it is withdrawn."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.announcements.models import AnnouncementKind, Audience
from helpdesk.announcements.publishing import BODY_MAX, AnnouncementWords
from helpdesk.announcements.words import ANNOUNCEMENT_KIND_WORDS, AUDIENCE_WORDS
from helpdesk.calendar.models import current_calendar
from helpdesk.web.contract_forms import KNOWN
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN

WRITTEN = [kind for kind in AnnouncementKind if kind != AnnouncementKind.terms]
"""Changes of the terms are announced by publishing them."""


class AnnouncementForm(FlaskForm):
    """Times are of the service's zone."""

    kind = SelectField(_l("Kind"), choices=[(one.value, _l(ANNOUNCEMENT_KIND_WORDS[one])) for one in WRITTEN])
    title_ja = StringField(_l("Title (Japanese)"), [DataRequired(FILL_IN), Length(max=200)], [strip])
    body_ja = TextAreaField(_l("Text (Japanese, Markdown)"), [DataRequired(FILL_IN), Length(max=BODY_MAX)])
    title_en = StringField(_l("Title (English)"), [DataRequired(FILL_IN), Length(max=200)], [strip])
    body_en = TextAreaField(_l("Text (English, Markdown)"), [DataRequired(FILL_IN), Length(max=BODY_MAX)])
    begins_at = DateTimeLocalField(_l("Begins"), [Optional(), KNOWN], format="%Y-%m-%dT%H:%M")
    ends_at = DateTimeLocalField(_l("Ends"), [Optional(), KNOWN], format="%Y-%m-%dT%H:%M")
    shown_until = DateTimeLocalField(_l("On the portal until"), [Optional(), KNOWN], format="%Y-%m-%dT%H:%M")
    audience = SelectField(_l("For whom"), choices=[(one.value, _l(AUDIENCE_WORDS[one])) for one in Audience])
    plans = SelectMultipleField(_l("Plans"))
    resellers = SelectMultipleField(_l("Resellers"), coerce=int)
    customers = SelectMultipleField(_l("Customers"), coerce=int)
    targets = StringField(_l("Which ones"))
    mailed = BooleanField(_l("By mail as well"), default=True)
    seen = HiddenField()

    def words(self) -> AnnouncementWords:
        chosen = {"plan": self.plans.data, "reseller": self.resellers.data, "customers": self.customers.data}
        return AnnouncementWords(
            kind=AnnouncementKind(self.kind.data),
            title_ja=self.title_ja.data or "",
            body_ja=self.body_ja.data or "",
            title_en=self.title_en.data or "",
            body_en=self.body_en.data or "",
            audience=Audience(self.audience.data),
            targets=tuple(chosen.get(self.audience.data) or ()),
            mailed=bool(self.mailed.data),
            begins_at=in_zone(self.begins_at.data),
            ends_at=in_zone(self.ends_at.data),
            shown_until=in_zone(self.shown_until.data),
            seen=self.seen.data or None,
        )


class PlanForm(FlaskForm):
    publish_at = DateTimeLocalField(_l("Publish at"), [Optional(), KNOWN], format="%Y-%m-%dT%H:%M")

    seen = HiddenField()


class WithdrawForm(FlaskForm):
    words = StringField(_l("Reason"), [DataRequired(FILL_IN), Length(max=500)], [strip])


def in_zone(typed: datetime | None) -> datetime | None:
    """A time as it is typed, in the service's zone."""
    return typed.replace(tzinfo=current_calendar().hours.zone) if typed is not None else None
