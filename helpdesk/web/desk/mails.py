"""The mail door's pages: the ledger for supervisors, one mail for the desk, and HTML mails in a frame of their own."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import select

from helpdesk.accounts.roles import DESK, Role
from helpdesk.alerts import reporting
from helpdesk.audit.models import record
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db, limiter
from helpdesk.files.models import path_of, read
from helpdesk.mailgate.acts import MailAct
from helpdesk.mailgate.filing import take_in
from helpdesk.mailgate.ledger import PAGE, Disposition, IncomingMail, counts, newest_rows, row_for_update
from helpdesk.mailgate.mailboxes import Mailbox
from helpdesk.mailgate.parsing import Mail, parse_mail
from helpdesk.mailgate.remote_images import fetch_images, remote_images
from helpdesk.mailgate.rich import safe_html
from helpdesk.notices.models import Notice
from helpdesk.notices.undelivered import failed_mails, waiting_mails
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.delivery import send_again
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.visibility import ticket_for
from helpdesk.triage.answer_links import renew_link
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import done, ticket_done

blueprint = Blueprint("mails", __name__, url_prefix="/desk")

TAKEN_IN = (Disposition.parked, Disposition.information, Disposition.junk, Disposition.bounce)
"""What a person may file as a person's mail after all."""
FRAMED = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@blueprint.get("/mails")
@audience(Role.supervisor)
def ledger_page() -> ResponseReturnValue:
    """received = waiting + the sum of the dispositions, and the rows behind it."""
    chosen = request.args.get("disposition", "")
    rows = newest_rows(chosen, before=number(request.args.get("before")) or None)
    mailboxes = db.session.scalars(select(Mailbox).order_by(Mailbox.name)).all()
    return render_template(
        "desk/ledger.html",
        rows=rows,
        sums=counts(),
        chosen=chosen,
        dispositions=list(Disposition),
        mailboxes=mailboxes,
        after=rows[-1][0].id if len(rows) == PAGE else None,
        counts=count_views(signed_in()),
    )


@blueprint.get("/mails/outgoing")
@audience(DESK)
def outgoing() -> ResponseReturnValue:
    """Mails that did not arrive and mails that wait, with what can be done about each (N20)."""
    failed, waiting = failed_mails(), waiting_mails()
    numbers = {notice.ticket_id for notice in (*failed, *waiting) if notice.ticket_id}
    references = db.session.execute(select(Ticket.id, Ticket.reference).where(Ticket.id.in_(numbers)))
    return render_template(
        "desk/outgoing.html",
        failed=failed,
        waiting=waiting,
        references={row.id: row.reference for row in references},
        counts=count_views(signed_in()),
    )


@blueprint.post("/mails/outgoing/<int:notice_id>/resending")
@audience(DESK)
def send_one_again(notice_id: int) -> ResponseReturnValue:
    notice = db.session.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        abort(404)
    renew_link(notice)
    mail = send_again(acting(), notice)
    reporting.sent_again(acting(), mail)
    return done(_("On its way to %(address)s.", address=mail.to_address), "desk.mails.outgoing")


@blueprint.get("/mails/<int:mail_id>")
@audience(DESK)
def mail_page(mail_id: int) -> ResponseReturnValue:
    """One mail as the reader reads it today."""
    row = db.get_or_404(IncomingMail, mail_id)
    kept = row.raw_sha256 is not None and path_of(row.raw_sha256).exists()
    mail = parse_mail(read(row.raw_sha256 or ""), null_path=row.envelope_from == "") if kept else None
    may_take_in = kept and row.disposition in TAKEN_IN
    return render_template(
        "desk/mail.html", row=row, mail=mail, may_take_in=may_take_in, counts=count_views(signed_in())
    )


@blueprint.post("/mails/<int:mail_id>/filing")
@audience(DESK)
def file_mail(mail_id: int) -> ResponseReturnValue:
    """A person says that this is no robot's mail and no junk: it becomes what a person's mail becomes."""
    row = row_for_update(mail_id)
    if row is None:
        abort(404)
    if row.disposition not in TAKEN_IN:
        raise Refusal(_("This mail is on a ticket already, or nothing of it was kept."))
    if signed_in().subcontractor_id is not None:
        # whose it is is looked up among all customers
        raise Refusal(_("Somebody of the provider has to take this mail in. It is kept."))
    take_in(row, acting())
    words = _("The mail was taken in.")
    if row.ticket is None:
        return done(words, "desk.mails.mail_page", mail_id=mail_id)
    return ticket_done(row.ticket.reference, words)


@blueprint.get("/tickets/<reference>/mails/<int:message_id>/html")
@audience(DESK)
def framed(reference: str, message_id: int) -> ResponseReturnValue:
    """A mail's HTML, cleaned, its own images in place and remote ones away, to be shown in a sandboxed frame."""
    return _frame(_html_mail(ticket_for(signed_in(), reference), message_id))


@blueprint.post("/tickets/<reference>/mails/<int:message_id>/html")
@audience(DESK)
@limiter.limit("60 per hour")
def framed_with_images(reference: str, message_id: int) -> ResponseReturnValue:
    """The same with the pictures that stand on the web: fetched by this server now, as somebody asked for it."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    mail = _html_mail(ticket, message_id)
    urls = remote_images(mail.html)
    if urls:
        hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
        record(acting(), MailAct.images_fetched, ticket, hosts="、".join(hosts))
        # what others see of it is on the record before anything goes out, and nobody waits for the ticket meanwhile
        db.session.commit()
    found = fetch_images(urls)
    words = _("%(count)s of %(all)s pictures came.", count=len(found), all=len(urls))
    return _frame(mail, found, f"<p><small>{escape(words)}</small></p>")


def _html_mail(ticket: Ticket, message_id: int) -> Mail:
    message = db.first_or_404(
        select(Message).where(Message.id == message_id, Message.ticket_id == ticket.id, Message.has_html)
    )
    return parse_mail(read(message.raw_sha256 or ""))


def _frame(mail: Mail, fetched: Mapping[str, tuple[str, bytes]] | None = None, before: str = "") -> Response:
    own = {file.content_id: (file.content_type, file.content) for file in mail.files if file.inline}
    body = safe_html(mail.html, {**own, **(fetched or {})})
    response = Response(f'<!doctype html><meta charset="utf-8"><body>{before}{body}', mimetype="text/html")
    response.headers["Content-Security-Policy"] = FRAMED
    return response
