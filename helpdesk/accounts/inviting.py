"""Mailing people the links that let them set a password."""

from flask import current_app
from flask_babel import gettext as _

from helpdesk.accounts.acts import AccountAct
from helpdesk.accounts.links import issue_link
from helpdesk.accounts.models import LinkPurpose, User
from helpdesk.audit.models import Actor, record
from helpdesk.errors import Refusal
from helpdesk.notices.models import post


def invite(by: Actor, user: User) -> None:
    """Mail a link with which a new person sets their first password; it works for seven days, once."""
    if not user.active:
        raise Refusal(_("This account is closed."))
    _mail(user, LinkPurpose.invitation, "invitation")
    record(by, AccountAct.invited, user, email=user.email)


def mail_reset(user: User) -> None:
    """Mail a link that sets a new password; it works for an hour, once."""
    _mail(user, LinkPurpose.reset, "password_reset")
    record(user.actor(), AccountAct.reset_asked, user)


def _mail(user: User, purpose: LinkPurpose, template: str) -> None:
    token = issue_link(user, purpose)
    post(
        template,
        to=user.email,
        language=user.language.value,
        secret_link=f"{current_app.config['BASE_URL']}/password/{token}",
        name=user.name,
        company=user.customer.name if user.customer else "",
    )
