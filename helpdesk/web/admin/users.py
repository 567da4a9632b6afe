"""The administrator's pages of accounts: found, invited, corrected, closed and opened again."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK, Role
from helpdesk.accounts.staff import ACCOUNTS_MAX, add_staff, correct_staff, find_accounts, may_deactivate
from helpdesk.accounts.standing import AccountState, standing_of
from helpdesk.accounts.subcontractors import Subcontractor
from helpdesk.accounts.words import ROLE_WORDS
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.access import acting, audience
from helpdesk.web.contract_forms import PAST
from helpdesk.web.forms import MailAddress, strip
from helpdesk.web.person_form import FILL_IN, LANGUAGES
from helpdesk.web.responding import again, done

blueprint = Blueprint("users", __name__, url_prefix="/admin")

STAFF_ROLES = [("agent", _l("Agent")), ("supervisor", _l("Supervisor")), ("administrator", _l("Administrator"))]


class StaffForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(FILL_IN), Length(max=100)], [strip])
    email = StringField(_l("Mail address"), [DataRequired(FILL_IN), Length(max=254), MailAddress()], [strip])
    role = SelectField(_l("Role"), choices=STAFF_ROLES)
    language = SelectField(_l("Language"), choices=LANGUAGES)
    secrecy_on = DateField(_l("Bound to secrecy since"), [Optional(), PAST])

    def refused(self, refusal: Refusal) -> None:
        field = self._fields.get(refusal.field) or self.email
        field.errors = [*field.errors, str(refusal)]


@blueprint.get("/users")
@audience(Role.administrator)
def user_list() -> ResponseReturnValue:
    """Accounts by name; `q` finds, `role` and `state` narrow."""
    return render_template("admin/users.html", **_list(StaffForm()))


@blueprint.post("/users")
@audience(Role.administrator)
def create_staff() -> ResponseReturnValue:
    form = StaffForm()
    if not form.validate():
        return again("admin/users.html", **_list(form))
    try:
        user = add_staff(
            acting(),
            email=form.email.data or "",
            name=form.name.data or "",
            role=Role(form.role.data),
            language=Language(form.language.data),
            secrecy_on=form.secrecy_on.data,
        )
    except Refusal as refusal:
        form.refused(refusal)
        return again("admin/users.html", **_list(form))
    return done(_("%(name)s was invited by mail.", name=user.name), "admin.users.user_list")


@blueprint.get("/users/<int:user_id>")
@audience(Role.administrator)
def user_page(user_id: int) -> ResponseReturnValue:
    """An account of ours; a customer's person has a page of their own."""
    user = db.get_or_404(User, user_id)
    if user.contact is not None:
        person = user.contact
        return redirect(url_for("admin.contacts.person_page", customer_id=person.customer_id, contact_id=person.id))
    words = {"name": user.name, "email": user.email, "role": user.role.value, "language": user.language.value}
    form = _form_for(user, formdata=None, secrecy_on=user.secrecy_on, **words)
    return render_template("admin/user.html", **_page(user, form))


@blueprint.post("/users/<int:user_id>")
@audience(Role.administrator)
def change_staff(user_id: int) -> ResponseReturnValue:
    user = _staff(user_id)
    form = _form_for(user)
    if not form.validate():
        return again("admin/user.html", **_page(user, form))
    try:
        correct_staff(
            acting(),
            user,
            name=form.name.data or "",
            email=form.email.data or "",
            role=Role(form.role.data),
            language=Language(form.language.data),
            secrecy_on=form.secrecy_on.data,
        )
    except Refusal as refusal:
        db.session.rollback()
        form.refused(refusal)
        return again("admin/user.html", **_page(user, form))
    return done(_("%(name)s was changed.", name=user.name), "admin.users.user_list")


@blueprint.post("/users/<int:user_id>/invitation")
@audience(Role.administrator)
def send_invitation(user_id: int) -> ResponseReturnValue:
    user = db.get_or_404(User, user_id)
    invite(acting(), user)
    return users_done(user, _("%(name)s was invited by mail.", name=user.name))


@blueprint.post("/users/<int:user_id>/deactivation")
@audience(Role.administrator)
def deactivate(user_id: int) -> ResponseReturnValue:
    user = db.get_or_404(User, user_id)
    if user.id == acting().id:
        raise Refusal(_("You cannot close your own account."))
    may_deactivate(user)
    user.deactivate(acting())
    return users_done(user, _("The account was closed and signed out."))


@blueprint.post("/users/<int:user_id>/activation")
@audience(Role.administrator)
def activate(user_id: int) -> ResponseReturnValue:
    user = db.get_or_404(User, user_id)
    employer = db.session.get(Subcontractor, user.subcontractor_id) if user.subcontractor_id else None
    if employer is not None and employer.ended_at is not None:
        raise Refusal(_("The work with this subcontractor ended. Nobody was added."))
    user.activate(acting())
    return users_done(user, _("The account is open again."))


@blueprint.post("/users/<int:user_id>/reveal")
@audience(Role.administrator)
def toggle_reveal(user_id: int) -> ResponseReturnValue:
    """Give or take the right to see dashboard logins."""
    user = db.get_or_404(User, user_id)
    if user.role not in DESK:
        abort(404)
    user.set_may_reveal(acting(), not user.may_reveal)
    return users_done(user, _("The right was changed."))


def _form_for(user: User, **given: Any) -> StaffForm:
    """A reseller's or subcontractor's person stays one; ours have any role of ours."""
    form = StaffForm(**given)
    if user.role in (Role.reseller_user, Role.subcontractor):
        form.role.choices = [(user.role.value, _l(ROLE_WORDS[user.role.value]))]
    return form


def _staff(user_id: int) -> User:
    user = db.get_or_404(User, user_id)
    if user.contact_id is not None:
        abort(404)
    return user


def _page(user: User, form: FlaskForm) -> dict[str, object]:
    return {"user": user, "form": form, "standing": standing_of([user])[user.id]}


def _list(form: FlaskForm) -> dict[str, object]:
    words = request.args.get("q", "").replace("\x00", "")[:100]
    role, state = request.args.get("role", ""), request.args.get("state", "")
    wanted = AccountState(state) if state in AccountState.__members__ else None
    users = find_accounts(words, Role(role) if role in Role.__members__ else None, wanted)
    standings = standing_of(users)
    found = {"users": users, "standings": standings, "words": words, "role": role, "state": state}
    return found | {"form": form, "most": ACCOUNTS_MAX, "roles": list(Role), "states": list(AccountState)}


def users_done(user: User, words: str) -> ResponseReturnValue:
    return done(words, "admin.users.user_page", user_id=user.id)
