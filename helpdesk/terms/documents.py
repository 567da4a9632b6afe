"""A version as the provider's own PDF: kept as it came, its text beside it for reading and comparing (1-5, 17-2)."""

from io import BytesIO

from flask_babel import gettext as _
from pypdf import PdfReader

from helpdesk.errors import Refusal
from helpdesk.files.models import store

PDF_MAX, PAGES_MAX = 10_000_000, 200


def kept_document(content: bytes) -> tuple[str, str]:
    """Keep a PDF; returns its SHA-256 and its text. Refused for what is none, is locked, or is too long."""
    if len(content) > PDF_MAX:
        raise Refusal(_("The PDF may have %(limit)s MB.", limit=PDF_MAX // 1_000_000), field="document")
    try:
        reader = PdfReader(BytesIO(content))
        pages = len(reader.pages)
        words = "\n".join(page.extract_text() for page in reader.pages[:PAGES_MAX])
    except Exception as error:
        # a broken file breaks its reader in many ways
        raise Refusal(_("This is no PDF that can be opened."), field="document") from error
    if pages > PAGES_MAX:
        raise Refusal(_("The PDF may have %(limit)s pages.", limit=PAGES_MAX), field="document")
    return store(content), words.replace("\x00", "").strip()
