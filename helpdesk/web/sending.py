"""Sending stored files to a browser: always as a download, with a type of ours; what came with an alert in a ZIP."""

import io

from flask import Response, send_file

from helpdesk.extensions import db
from helpdesk.files.models import path_of, read
from helpdesk.files.packing import packed
from helpdesk.tickets.messages import Attachment, Message

SHOWN_AS = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain", "text/csv", "application/zip"})


def attachment_response(file: Attachment | Message) -> Response:
    """A download. HTML, SVG and anything unknown goes out as plain bytes, never inline.

    A file that came with an alert may be the malware itself: it goes in a ZIP with a password, unless it was cleared.
    """
    if isinstance(file, Message):
        sha256, name, kind = file.raw_sha256 or "", f"mail-{file.id}.eml", "application/octet-stream"
    else:
        sha256, name, kind = file.sha256, file.name, file.content_type
    if wrapped(file):
        content = io.BytesIO(packed(name, read(sha256)))
        return _sent(send_file(content, "application/zip", as_attachment=True, download_name=f"{name}.zip"))
    response = send_file(
        path_of(sha256),
        mimetype=kind if kind in SHOWN_AS else "application/octet-stream",
        as_attachment=True,
        download_name=name,
        conditional=True,
    )
    return _sent(response)


def wrapped(file: Attachment | Message) -> bool:
    """Whether a file goes out in a ZIP with a password; an alert's mail, as long as one of its files does."""
    if isinstance(file, Message):
        return file.from_console and any(one.cleared_at is None for one in file.attachments)
    return file.cleared_at is None and db.session.get_one(Message, file.message_id).from_console


def _sent(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
