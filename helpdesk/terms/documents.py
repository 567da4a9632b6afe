"""A version as the provider's own PDF: kept as it came, its text beside it for reading and comparing (1-5, 17-2)."""

from flask_babel import gettext as _

from helpdesk.errors import Refusal
from helpdesk.files.models import store
from helpdesk.opening import NotRead, opened

PDF_MAX, PAGES_MAX = 10_000_000, 200


def kept_document(content: bytes) -> tuple[str, str]:
    """Keep a PDF; returns its SHA-256 and its text. Refused for what is none, is locked, or is too long."""
    if len(content) > PDF_MAX:
        raise Refusal(_("The PDF may have %(limit)s MB.", limit=PDF_MAX // 1_000_000), field="document")
    if b"%PDF-" not in content[:1024]:
        raise Refusal(_("This is no PDF that can be opened."), field="document")
    try:
        _about, *pages = opened(content)
    except (NotRead, ValueError) as error:
        raise Refusal(_("This is no PDF that can be opened."), field="document") from error
    if not 0 < len(pages) <= PAGES_MAX:
        raise Refusal(_("The PDF may have %(limit)s pages.", limit=PAGES_MAX), field="document")
    return store(content), "\n".join(pages).replace("\x00", "").replace("\r\n", "\n").strip()
