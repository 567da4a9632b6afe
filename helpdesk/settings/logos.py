"""Logos that can be shown on pages and printed."""

from flask_babel import gettext as _

from helpdesk import paper
from helpdesk.errors import Refusal

LOGO_MAX = 500_000
PNG = b"\x89PNG\r\n\x1a\n"
PIXELS_MAX = 4_000_000


def checked_logo(content: bytes) -> bytes:
    """A logo as it came: refused for what is no whole PNG, for too many bytes and too many pixels."""
    if len(content) > LOGO_MAX:
        raise Refusal(_("The logo may have %(limit)s KB.", limit=LOGO_MAX // 1000), field="logo")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    if not content.startswith(PNG) or not 0 < width * height <= PIXELS_MAX or not paper.prints(content):
        raise Refusal(
            _("The logo has to be a PNG of at most %(limit)s megapixels.", limit=PIXELS_MAX // 1_000_000), field="logo"
        )
    return content
