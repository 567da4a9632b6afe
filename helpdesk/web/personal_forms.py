"""Forms of a request about personal data on the desk: recorded, checked, decided, carried out."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.privacy.amending import WRONG_MAX
from helpdesk.privacy.kinds import PrivacyGround, RequestKind
from helpdesk.privacy.requests import WORDS_MAX
from helpdesk.privacy.words import PRIVACY_GROUND_WORDS, REQUEST_KIND_WORDS
from helpdesk.tickets.kinds import Channel
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.person_form import FILL_IN


class AskForm(FlaskForm):
    """A request that came by phone, mail or letter."""

    email = StringField(_l("The person's mail address on record"), [DataRequired(FILL_IN), MailAddress()], [strip])
    kind = SelectField(
        _l("What they ask for"), choices=[(one.value, _l(REQUEST_KIND_WORDS[one])) for one in RequestKind]
    )
    channel = SelectField(
        _l("How it came"), choices=[(Channel.phone.value, _l("phone")), (Channel.mail.value, _l("mail"))]
    )
    wanted = TextAreaField(_l("What exactly"), [Length(max=WORDS_MAX)])


class OutsiderErasingForm(FlaskForm):
    """Of somebody who wrote to us and is not on record."""

    email = StringField(_l("The address they wrote from"), [DataRequired(FILL_IN), MailAddress()], [strip])
    also = TextAreaField(_l("Their name and other words that only they are known by, a line each"), [Length(max=1_000)])
    how = StringField(_l("What shows that it is them"), [DataRequired(FILL_IN), Length(max=500)], [strip])


class CheckForm(FlaskForm):
    how = StringField(_l("What shows that it is them"), [DataRequired(FILL_IN), Length(max=500)], [strip])


class GrantRequestForm(FlaskForm):
    words = TextAreaField(_l("A word to the person"), [Length(max=WORDS_MAX)])
    also = TextAreaField(_l("Further words that only they are known by, a line each"), [Length(max=1_000)])
    keep_attached = BooleanField(_l("Leave files of others that name them as they are"))


class RefuseForm(FlaskForm):
    ground = SelectField(_l("Ground"), choices=[(one.value, _l(PRIVACY_GROUND_WORDS[one])) for one in PrivacyGround])
    words = TextAreaField(_l("Why, to the person"), [DataRequired(FILL_IN), Length(max=WORDS_MAX)])


class AmendForm(FlaskForm):
    wrong = StringField(_l("Wrong words, as they stand there"), [DataRequired(FILL_IN), Length(max=WRONG_MAX)], [strip])
    right = StringField(_l("The right ones; nothing to take them out"), [Length(max=WRONG_MAX)], [strip])


class DoneForm(FlaskForm):
    words = TextAreaField(_l("What was done, to the person"), [DataRequired(FILL_IN), Length(max=WORDS_MAX)])


REQUEST_FORMS = {
    "check": CheckForm,
    "grant": GrantRequestForm,
    "refuse": RefuseForm,
    "done": DoneForm,
    "amend": AmendForm,
}
