"""The RQ job behind *forgot your password*: whether an address has an account shows in no answer's time."""

from flask import current_app

from helpdesk.accounts.inviting import mail_reset
from helpdesk.accounts.models import user_by_email
from helpdesk.errands import nudge, one_step


def reset_password(address: str) -> None:
    """Mail a link to the active account with this address, if there is one."""
    with current_app.app_context():
        with one_step():
            user = user_by_email(address)
            if user is not None and user.active:
                mail_reset(user)
        nudge()
