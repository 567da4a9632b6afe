"""Sending a disclosure: to its person on the portal, and to staff who hand it over."""

from flask import Response
from flask.typing import ResponseReturnValue

from helpdesk.audit.models import record
from helpdesk.errors import NotFound
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.models import PersonalRequest
from helpdesk.privacy.requests import disclosure_of
from helpdesk.web.access import acting

TYPES = {"json": "application/json", "pdf": "application/pdf", "zip": "application/zip"}


def disclosure_file(asked: PersonalRequest, form: str) -> ResponseReturnValue:
    """One file of a disclosure; who took it is on record. Raises NotFound before it was made and after it expired."""
    made = disclosure_of(asked)
    sha256 = made.file(form) if made is not None else None
    if sha256 is None:
        raise NotFound
    record(acting(), PrivacyAct.taken, asked.ticket, form=form)
    db.session.commit()
    response = Response(path_of(sha256).read_bytes(), content_type=TYPES[form])
    response.headers["Content-Disposition"] = f"attachment; filename=personal-data-{asked.ticket.reference}.{form}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
