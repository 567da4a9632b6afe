"""The provider's logo, for pages that anybody may open."""

from flask import Blueprint, abort, send_file
from flask.typing import ResponseReturnValue

from helpdesk.files.models import path_of
from helpdesk.settings.models import current_settings
from helpdesk.web.access import audience

blueprint = Blueprint("logo", __name__, url_prefix="/logo")


@blueprint.get("/<sha256>.png")
@audience()
def image(sha256: str) -> ResponseReturnValue:
    """The logo in force, named by its content so that browsers keep it; no other file of the store."""
    if not sha256 or sha256 != current_settings().logo:
        abort(404)
    response = send_file(path_of(sha256), "image/png", max_age=365 * 86_400)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
