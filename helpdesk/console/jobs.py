"""The RQ job that tests a customer's API key by reading the console. Reading is allowed at any hour (R21)."""

from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.accounts.supervisors import supervisors
from helpdesk.audit.models import SYSTEM, record
from helpdesk.console.acts import ConsoleAct
from helpdesk.console.client import ConsoleClient
from helpdesk.console.models import ConsoleCredential, Purpose, remember_lists
from helpdesk.console.values import ALLOWED, BLOCKED, DETECTIONS, FileList
from helpdesk.customers.models import Contact
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.notices.models import post


def check(credential_id: int, turn: int) -> None:
    """Read version and lists; what failed is kept on the credential and told to who can mend it (R14)."""
    row = ConsoleCredential.begin(credential_id, turn)
    if row is None:
        return
    try:
        with row.client(Purpose.reading) as console:
            console.check()
            lists = console.file_lists()
            if row.allow_list_guid and row.allow_list_guid not in {file_list.guid for file_list in lists}:
                lists.append(_named(console, row.allow_list_guid))
            rate = console.rate
    except VendorError as error:
        _failed(row, error)
        return
    except Exception as error:
        db.session.rollback()
        _failed(row, VendorError(f"The console's answer was not understood ({type(error).__name__})."))
        raise
    with one_step():
        if row.done():
            row.checked_at, row.told_failing_at = clock.now(), None
            row.heed(rate)
            remember_lists(row.customer_id, lists)
            record(SYSTEM, ConsoleAct.checked, row.customer, lists=len(lists))


def _named(console: ConsoleClient, guid: str) -> FileList:
    """The allow list that a person named; refused where the console says that it is a list of another kind."""
    file_list = console.file_list(guid)
    if file_list is not None and file_list.kind in (DETECTIONS, BLOCKED):
        raise VendorError(f"The list named as allow list is of the kind {file_list.kind}.", permanent=True)
    return FileList(guid, file_list.name if file_list else guid, ALLOWED)


def _failed(row: ConsoleCredential, error: VendorError) -> None:
    with one_step():
        if row.retry_or_fail(error):
            row.heed(None, error)
            record(SYSTEM, ConsoleAct.failed, row.customer, error=str(error))
            if error.permanent:
                _tell(row, str(error))


def _tell(row: ConsoleCredential, error: str) -> None:
    """Mail the customer's administrators and the supervisors, once until the key works again (R14, R24)."""
    if row.told_failing_at is not None:
        return
    row.told_failing_at = clock.now()
    theirs = select(User).join(Contact, Contact.id == User.contact_id).where(Contact.customer_id == row.customer_id)
    people = [*db.session.scalars(theirs.where(User.role == Role.customer_admin, User.active)), *supervisors()]
    for person in people:
        post(
            "credential_failing",
            to=person.email,
            language=person.language.value,
            name=person.name,
            customer=row.customer.name,
            error=error,
            staff=person.role == Role.supervisor,
        )
