"""The people of other organisations that work with us: resellers' and subcontractors' are added in the same way."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import User, add_user
from helpdesk.accounts.roles import Role
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.web.access import acting
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.person_form import FILL_IN, LANGUAGES


class OutsiderForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(FILL_IN), Length(max=254), MailAddress()], [strip])
    language = SelectField(_l("Language"), choices=LANGUAGES)


def invited(
    form: OutsiderForm, role: Role, *, reseller_id: int | None = None, subcontractor_id: int | None = None
) -> User | None:
    """The account of a filled-in form, invited by mail; None with the reason beside its field where that cannot be."""
    if not form.validate():
        return None
    try:
        user = add_user(
            acting(),
            email=form.email.data or "",
            name=form.name.data or "",
            role=role,
            reseller_id=reseller_id,
            subcontractor_id=subcontractor_id,
            language=Language(form.language.data),
        )
    except Refusal as refusal:
        form.email.errors = [str(refusal)]
        return None
    invite(acting(), user)
    return user
