"""The RQ job of the desk: changing many tickets, a portion a transaction."""

from helpdesk.accounts.reach import act_for
from helpdesk.desk.bulk import BulkChange, change_some
from helpdesk.errands import one_step
from helpdesk.errors import VendorError
from helpdesk.extensions import db


def change_many(bulk_id: int, turn: int) -> None:
    """Go on where the last run ended, until all is done or somebody stopped it."""
    asked = BulkChange.begin(bulk_id, turn)
    if asked is None:
        return
    act_for(asked.user)
    more = True
    try:
        while more:
            with one_step():
                if not asked.still_mine():
                    return
                # somebody may have stopped it while it waited for a worker
                db.session.refresh(asked, ["stopped_at"])
                db.session.refresh(asked.user)
                may = asked.user.active and asked.user.works_tickets
                more = may and asked.stopped_at is None and change_some(asked)
        with one_step():
            asked.done()
    except Exception as error:
        with one_step():
            again = db.session.get_one(BulkChange, bulk_id)
            again.claimed = turn
            again.retry_or_fail(VendorError(f"The tickets could not be changed ({type(error).__name__})."))
        raise
