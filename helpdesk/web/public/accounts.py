"""Signing in and out, setting a password, one's own account."""

import hashlib

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from redis.exceptions import RedisError
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from helpdesk import clock
from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.links import valid_link
from helpdesk.accounts.models import PASSWORD_MIN, User, authenticate, end_session, sign_in
from helpdesk.accounts.roles import Role
from helpdesk.accounts.staff import demo_accounts
from helpdesk.audit.models import record
from helpdesk.contracts.life import today
from helpdesk.customers.models import Language
from helpdesk.extensions import db, job_queue, limiter
from helpdesk.settings.models import current_settings
from helpdesk.terms.models import asked_of
from helpdesk.web.access import acting, audience, handles_contract, home_of, safe_next, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done

blueprint = Blueprint("accounts", __name__)
RESET = "helpdesk.accounts.jobs.reset_password"


class SignInForm(FlaskForm):
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254)], [strip])
    password = PasswordField(_l("Password"), [DataRequired(), Length(max=1000)])


class ResetForm(FlaskForm):
    email = StringField(_l("Mail address"), [DataRequired(), Length(max=254)], [strip])


class PasswordForm(FlaskForm):
    password = PasswordField(
        _l("New password"),
        [DataRequired(), Length(min=PASSWORD_MIN, max=1000, message=_l("Use at least %(min)d characters."))],
    )
    repeat = PasswordField(_l("The same again"), [DataRequired(), EqualTo("password", _l("The two do not match."))])


class OwnPasswordForm(PasswordForm):
    current = PasswordField(_l("Current password"), [DataRequired()])


class LanguageForm(FlaskForm):
    language = SelectField(_l("Language"), choices=[("ja", "日本語"), ("en", "English")])


def _account_key() -> str:
    """Tells accounts apart, and nobody's address to whoever reads the counters or the log."""
    address = request.form.get("email", "").strip().lower()[:254]
    return "account:" + hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]


@blueprint.get("/")
@audience()
def start() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(home_of(signed_in()))
    return redirect(url_for("public.accounts.sign_in_form"))


@blueprint.get("/sign-in")
@audience()
def sign_in_form() -> ResponseReturnValue:
    return render_template("public/sign_in.html", form=SignInForm(), **_demo())


def _demo() -> dict[str, object]:
    """In demo mode the page names its accounts, to be signed in as with one click."""
    return {"demo_accounts": demo_accounts() if current_app.config["DEMO"] else []}


@blueprint.post("/sign-in")
@audience()
@limiter.limit("30 per minute")
@limiter.limit("10 per 10 minutes", key_func=_account_key, deduct_when=lambda response: response.status_code == 422)
def sign_in_now() -> ResponseReturnValue:
    form = SignInForm()
    user = authenticate(form.email.data or "", form.password.data or "") if form.validate() else None
    if user is None:
        form.password.errors = [*form.password.errors, _("The address and the password do not match.")]
        return again("public/sign_in.html", form=form, **_demo())
    if earlier := session.get("_user_id"):
        end_session(str(earlier))
    session.clear()
    sign_in(user, request.remote_addr)
    login_user(user)
    onward = safe_next(request.args.get("next")) or home_of(user)
    if _terms_are_asked(user):
        onward = url_for("portal.terms.ask", next=onward)
    db.session.commit()
    return redirect(onward)


def _terms_are_asked(user: User) -> bool:
    """Whether this person handles the contract, has not accepted the version that counts, and is to be asked (R60)."""
    if user.contact is None or not current_settings().ask_terms_at_sign_in:
        return False
    return handles_contract(user) and asked_of(user.contact, today()) is not None


@blueprint.post("/sign-out")
@audience()
def sign_out() -> ResponseReturnValue:
    if current_user.is_authenticated:
        end_session(signed_in().token)
        record(acting(), AccountAct.signed_out, signed_in())
        db.session.commit()
        logout_user()
    session.clear()
    return redirect(url_for("public.accounts.sign_in_form"))


@blueprint.get("/password-reset")
@audience()
def reset_form() -> ResponseReturnValue:
    return render_template("public/reset.html", form=ResetForm(), sent=False)


@blueprint.post("/password-reset")
@audience()
@limiter.limit("20 per hour")
@limiter.limit("5 per hour", key_func=_account_key)
def reset() -> ResponseReturnValue:
    """Answers the same, and after the same work, whether or not the address is known: a worker looks (S5)."""
    form = ResetForm()
    if not form.validate():
        return again("public/reset.html", form=form, sent=False)
    try:
        job_queue(current_app).enqueue(RESET, form.email.data or "", result_ttl=0, failure_ttl=3600)
    except RedisError:
        form.email.errors = [_("This does not work right now. Nothing was changed; please try again in some minutes.")]
        return again("public/reset.html", form=form, sent=False)
    return render_template("public/reset.html", form=form, sent=True)


@blueprint.get("/password/<token>")
@audience()
def password_form(token: str) -> ResponseReturnValue:
    link = valid_link(token)
    if link is None:
        return render_template("public/link_over.html"), 410
    return render_template("public/password.html", form=PasswordForm(), user=link.user)


@blueprint.post("/password/<token>")
@audience()
@limiter.limit("30 per minute")
def set_password(token: str) -> ResponseReturnValue:
    link = valid_link(token, lock=True)
    if link is None:
        return render_template("public/link_over.html"), 410
    form = PasswordForm()
    if not form.validate():
        return again("public/password.html", form=form, user=link.user)
    link.used_at = clock.real_now()
    link.user.set_password(link.user.actor(request.remote_addr), form.password.data or "")
    return done(_("Your password is set. Please sign in."), "public.accounts.sign_in_form")


@blueprint.get("/account")
@audience(Role)
def account() -> ResponseReturnValue:
    language = LanguageForm(language=signed_in().language.value)
    return render_template("public/account.html", form=OwnPasswordForm(), language_form=language)


@blueprint.post("/account/password")
@audience(Role)
@limiter.limit("10 per 10 minutes")
def change_password() -> ResponseReturnValue:
    form, user = OwnPasswordForm(), signed_in()
    right = form.validate() and authenticate(user.email, form.current.data or "") is not None
    if not right:
        if not form.errors:
            form.current.errors = [_("This is not your current password.")]
        language = LanguageForm(language=user.language.value)
        return again("public/account.html", form=form, language_form=language)
    user.set_password(acting(), form.password.data or "")
    sign_in(user, request.remote_addr)
    session.clear()
    login_user(user)
    return done(_("Your password is changed. Other sessions were signed out."), "public.accounts.account")


@blueprint.post("/account/language")
@audience()
def set_language() -> ResponseReturnValue:
    """For somebody signed in, their account's language; for everybody, this browser's."""
    chosen = "en" if request.form.get("language") == "en" else "ja"
    response = redirect(safe_next(request.form.get("next")) or url_for("public.accounts.start"))
    if current_user.is_authenticated:
        signed_in().speak(acting(), Language(chosen))
        db.session.commit()
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie("language", chosen, max_age=31536000, samesite="Lax", httponly=True, secure=secure)
    return response
