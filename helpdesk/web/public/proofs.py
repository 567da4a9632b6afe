"""The proof of an action for whoever may see its ticket: a page to print, a PDF, a signed file; and our public keys."""

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue
from werkzeug.utils import import_string

from helpdesk.accounts.roles import CUSTOMERS, DESK
from helpdesk.actions.lists import action_for
from helpdesk.actions.models import Action
from helpdesk.actions.proof import proof_of
from helpdesk.actions.signing import ALGORITHM, Signed, public_keys
from helpdesk.extensions import db
from helpdesk.web.access import audience, signed_in

blueprint = Blueprint("proofs", __name__)
PRINTING = "helpdesk.actions.printing.as_pdf"
"""Loaded by whoever first prints: the typesetter with its faces takes 24 MB, which no other page needs."""


@blueprint.get("/proofs/<reference>/<action_reference>")
@audience(DESK, CUSTOMERS)
def page(reference: str, action_reference: str) -> ResponseReturnValue:
    action, signed = _proof(reference, action_reference)
    return render_template("public/proof.html", action=action, proof=signed.body, signed=signed, ticket=action.ticket)


@blueprint.get("/proofs/<reference>/<action_reference>.json")
@audience(DESK, CUSTOMERS)
def signed_file(reference: str, action_reference: str) -> ResponseReturnValue:
    """The file that `helpdesk proof verify` checks."""
    action, signed = _proof(reference, action_reference)
    return _download(signed.as_text().encode(), "application/json", f"{action.reference}.json")


@blueprint.get("/proofs/<reference>/<action_reference>.pdf")
@audience(DESK, CUSTOMERS)
def pdf(reference: str, action_reference: str) -> ResponseReturnValue:
    """The same on paper, with the signed file embedded."""
    action, signed = _proof(reference, action_reference)
    as_pdf = import_string(PRINTING)
    return _download(as_pdf(signed), "application/pdf", f"{action.reference}.pdf")


@blueprint.get("/proofs/keys.json")
@audience()
def keys() -> ResponseReturnValue:
    """The public keys that proofs were ever signed with, so that anybody can check one without us."""
    return jsonify(
        algorithm=ALGORITHM,
        keys=[{"public_key": key.public, "since": key.made_at.isoformat(timespec="seconds")} for key in public_keys()],
    )


def _proof(reference: str, action_reference: str) -> tuple[Action, Signed]:
    action = action_for(signed_in(), reference, action_reference)
    signed = proof_of(action)
    db.session.commit()
    return action, signed


def _download(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Cache-Control"] = "private, no-store"
    return response
