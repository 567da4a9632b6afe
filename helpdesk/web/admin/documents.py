"""Files about a customer that the desk keeps."""

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.customers.documents import CustomerFile, add_document
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import path_of
from helpdesk.tickets.kinds import FILES_SIZE_MAX
from helpdesk.web.access import acting, audience
from helpdesk.web.customer_page import customer_done, customer_page_context
from helpdesk.web.responding import again

blueprint = Blueprint("documents", __name__, url_prefix="/admin/customers/<int:customer_id>/files")


@blueprint.post("")
@audience(Role.administrator)
def add(customer_id: int) -> ResponseReturnValue:
    customer, file = db.get_or_404(Customer, customer_id), request.files.get("document")
    content = file.stream.read(FILES_SIZE_MAX + 1) if file is not None else b""
    try:
        if len(content) > FILES_SIZE_MAX:
            raise Refusal(_("This file is too large; at most %(count)s MB.", count=FILES_SIZE_MAX // 1_000_000))
        add_document(acting(), customer, (file.filename if file is not None else "") or "file", content)
    except Refusal as refusal:
        return again("admin/customer.html", **customer_page_context(customer), document_error=str(refusal))
    return customer_done(customer, _("The file is kept with the customer."))


@blueprint.get("/<int:document_id>")
@audience(Role.administrator)
def download(customer_id: int, document_id: int) -> ResponseReturnValue:
    """Always as a download of plain bytes: nothing of it runs in a browser."""
    row = _document(customer_id, document_id)
    response = send_file(
        path_of(row.sha256), mimetype="application/octet-stream", as_attachment=True, download_name=row.name
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/<int:document_id>/removal")
@audience(Role.administrator)
def remove(customer_id: int, document_id: int) -> ResponseReturnValue:
    row, customer = _document(customer_id, document_id), db.get_or_404(Customer, customer_id)
    row.remove(acting(), customer)
    return customer_done(customer, _("The file was taken off."))


def _document(customer_id: int, document_id: int) -> CustomerFile:
    row = db.session.get(CustomerFile, document_id)
    if row is None or row.customer_id != customer_id or row.removed_at is not None:
        abort(404)
    return row
