"""The RQ jobs of accounts: mailing a reset without telling whether there is an account, and large imports."""

from flask import current_app

from helpdesk.accounts.import_runs import CustomerImport, drop_read_tables
from helpdesk.accounts.importing import NoHead, lock_imports, plan_import, run_import
from helpdesk.accounts.inviting import mail_reset
from helpdesk.accounts.models import user_by_email
from helpdesk.errands import nudge, one_step
from helpdesk.extensions import db
from helpdesk.files.models import read
from helpdesk.sheets import Unreadable, read_rows

FAULTY = "Some rows have faults. Nothing was imported."


def reset_password(address: str) -> None:
    """Mail a link to the active account with this address, if there is one."""
    with current_app.app_context():
        with one_step():
            user = user_by_email(address)
            if user is not None and user.active:
                mail_reset(user)
        nudge()


def bring_in(import_id: int, turn: int) -> None:
    """Read the table anew and bring in all of it in one transaction, or nothing: what came meanwhile counts."""
    row = CustomerImport.begin(import_id, turn)
    if row is None:
        return
    with one_step():
        if row.tries > CustomerImport.MAX_TRIES:
            row.fail("The import ended unexpectedly each time.")
            return
        lock_imports()
        try:
            plan = plan_import(read_rows(read(row.sha256 or "")))
        except (Unreadable, NoHead):
            row.fail(FAULTY)
            return
        if plan.faulty:
            row.fail(FAULTY)
            return
        row.customers, row.people, row.addresses = (plan.count(what) for what in ("customer", "person", "address"))
        run_import(row.asked_by.actor(), plan)
        if not row.done():
            db.session.rollback()
    with one_step():
        drop_read_tables()
    nudge()
