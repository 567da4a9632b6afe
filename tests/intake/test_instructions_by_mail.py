"""An instruction by mail joins its alert only where its sender is known to be who they say."""

import pytest

from helpdesk.alerts.models import Alert
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.tickets.kinds import Intent, Priority
from tests.conftest import Cast
from tests.mailgate.test_ledger import newest, write

VERIFIED = {"Authentication_Results": "mx.desk.example; dmarc=pass header.from=acme.example"}


@pytest.mark.parametrize("verified", [True, False])
def test_an_instruction_by_mail_joins_its_alert_where_the_sender_is_verified(
    cast: Cast, alert: Alert, *, verified: bool
) -> None:
    headers = VERIFIED if verified else {}
    words = "PC-IJI-014の隔離を解除してください。"
    disposition = write("alice@acme.example", "support@desk.example", "隔離の解除", words, **headers)
    row = db.session.scalars(db.select(IncomingMail).order_by(IncomingMail.id.desc())).first()
    assert row is not None and row.ticket is not None
    if verified:
        assert (disposition, row.ticket.id) == (Disposition.follow_up, alert.ticket_id)
    else:
        ticket = newest()
        assert (disposition, row.ticket.id) == (Disposition.new_ticket, ticket.id)
        assert (ticket.intent, ticket.priority) == (Intent.notice, Priority.high)
