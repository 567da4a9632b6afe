"""The RQ job of the desk: changing many tickets, a portion a transaction."""

from helpdesk.desk.bulk import BulkChange, change_some
from helpdesk.errands import one_step


def change_many(bulk_id: int, turn: int) -> None:
    """Go on where the last run ended, until all is done or somebody stopped it."""
    asked = BulkChange.begin(bulk_id, turn)
    if asked is None:
        return
    more = True
    while more:
        with one_step():
            if not asked.still_mine():
                return
            more = asked.stopped_at is None and change_some(asked)
    with one_step():
        asked.done()
