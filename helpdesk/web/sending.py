"""Sending stored files to a browser: always as a download, with a type of ours."""

from flask import Response, send_file

from helpdesk.files.models import path_of
from helpdesk.tickets.messages import Attachment, Message

SHOWN_AS = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain", "text/csv", "application/zip"})


def attachment_response(file: Attachment | Message) -> Response:
    """A download. HTML, SVG and anything unknown goes out as plain bytes, never inline."""
    if isinstance(file, Message):
        sha256, name, kind = file.raw_sha256 or "", f"mail-{file.id}.eml", "application/octet-stream"
    else:
        sha256, name, kind = file.sha256, file.name, file.content_type
    response = send_file(
        path_of(sha256),
        mimetype=kind if kind in SHOWN_AS else "application/octet-stream",
        as_attachment=True,
        download_name=name,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
