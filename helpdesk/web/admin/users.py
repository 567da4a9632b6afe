"""The administrator's page of accounts."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import DESK, Role, User, add_user, user_by_email
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.person_form import LANGUAGES
from helpdesk.web.responding import again, done

blueprint = Blueprint("users", __name__, url_prefix="/admin")

STAFF_ROLES = [("agent", _l("Agent")), ("supervisor", _l("Supervisor")), ("administrator", _l("Administrator"))]


class StaffForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254), MailAddress()], [strip])
    role = SelectField(_l("Role"), choices=STAFF_ROLES)
    language = SelectField(_l("Language"), choices=LANGUAGES)


@blueprint.get("/users")
@audience(Role.administrator)
def user_list() -> ResponseReturnValue:
    return render_template("admin/users.html", users=_users(), form=StaffForm())


@blueprint.post("/users")
@audience(Role.administrator)
def create_staff() -> ResponseReturnValue:
    form = StaffForm()
    if not form.validate():
        return again("admin/users.html", users=_users(), form=form)
    if user_by_email(form.email.data or ""):
        form.email.errors = [_("An account with this mail address exists already.")]
        return again("admin/users.html", users=_users(), form=form)
    user = add_user(
        acting(),
        email=form.email.data or "",
        name=form.name.data or "",
        role=Role(form.role.data),
        language=Language(form.language.data),
    )
    invite(acting(), user)
    return users_done(_("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/users/<int:user_id>/invitation")
@audience(Role.administrator)
def send_invitation(user_id: int) -> ResponseReturnValue:
    user = db.get_or_404(User, user_id)
    invite(acting(), user)
    return users_done(_("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/users/<int:user_id>/deactivation")
@audience(Role.administrator)
def deactivate(user_id: int) -> ResponseReturnValue:
    user = db.get_or_404(User, user_id)
    if user.id == acting().id:
        raise Refusal(_("You cannot close your own account."))
    user.deactivate(acting())
    return users_done(_("The account was closed and signed out."))


@blueprint.post("/users/<int:user_id>/activation")
@audience(Role.administrator)
def activate(user_id: int) -> ResponseReturnValue:
    db.get_or_404(User, user_id).activate(acting())
    return users_done(_("The account is open again."))


@blueprint.post("/users/<int:user_id>/reveal")
@audience(Role.administrator)
def toggle_reveal(user_id: int) -> ResponseReturnValue:
    """Give or take the right to see dashboard logins."""
    user = db.get_or_404(User, user_id)
    if user.role not in DESK:
        abort(404)
    user.set_may_reveal(acting(), not user.may_reveal)
    return users_done(_("The right was changed."))


def _users() -> list[User]:
    return list(db.session.scalars(select(User).order_by(User.role, User.email).limit(2000)))


def users_done(words: str) -> ResponseReturnValue:
    return done(words, "admin.users.user_list")
