"""The RQ job that tests a customer's API key by reading the console. Reading is allowed at any hour (R21)."""

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, record
from helpdesk.console.models import ConsoleCredential, remember_lists
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db


def check(credential_id: int, turn: int) -> None:
    """Read version and lists; what failed is kept on the credential, where staff see it (R14)."""
    row = ConsoleCredential.begin(credential_id, turn)
    if row is None:
        return
    try:
        with row.client() as console:
            console.check()
            lists = console.file_lists()
    except VendorError as error:
        _failed(row, error)
        return
    except Exception as error:
        db.session.rollback()
        _failed(row, VendorError(f"The console's answer was not understood ({type(error).__name__})."))
        raise
    with one_step():
        if row.done():
            row.checked_at = clock.now()
            remember_lists(row.customer_id, lists)
            record(SYSTEM, "credential.checked", row.customer, lists=len(lists))


def _failed(row: ConsoleCredential, error: VendorError) -> None:
    with one_step():
        if row.retry_or_fail(error):
            record(SYSTEM, "credential.failed", row.customer, error=str(error))
