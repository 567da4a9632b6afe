"""The RQ jobs of reports: reading a console at a month's end, counting a month, sending what was approved."""

from helpdesk import clock
from helpdesk.console.models import Purpose, credential_of
from helpdesk.errands import nudge, one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db
from helpdesk.reports.making import count
from helpdesk.reports.models import MonthlyReport
from helpdesk.reports.month_ends import ConsoleMonthEnd, facts_of
from helpdesk.reports.sending import send


def make(report_id: int, turn: int) -> None:
    """Count the month, or send what was approved since: whatever this row waits for. Done twice, it is done once."""
    row = MonthlyReport.begin(report_id, turn)
    if row is None:
        return
    try:
        with one_step():
            if row.done():
                if row.approved_at is not None and row.sent_at is None:
                    send(row)
                else:
                    count(row)
    except Exception as error:
        with one_step():
            again = db.session.get_one(MonthlyReport, report_id)
            again.claimed = turn
            again.retry_or_fail(VendorError(f"The report could not be made ({type(error).__name__})."))
        raise
    nudge()


def read_month_end(reading_id: int, turn: int) -> None:
    """Read every computer of a customer's console and keep what a report tells of them."""
    row = ConsoleMonthEnd.begin(reading_id, turn)
    if row is None:
        return
    credential = credential_of(row.customer_id)
    try:
        if credential is None:
            raise VendorError("No API key is stored for this customer.", permanent=True)
        with credential.client(Purpose.reading) as console:
            computers = console.computers()
            rate = console.rate
    except VendorError as error:
        with one_step():
            if row.retry_or_fail(error) and credential is not None:
                credential.heed(None, error)
        return
    with one_step():
        if row.done():
            row.facts, row.read_at = facts_of(computers, clock.now()), clock.now()
            if credential is not None:
                credential.heed(rate)
