"""The WSGI entry point of an installed package: `gunicorn helpdesk.serving:app`."""

from helpdesk.gunicorn_settings import BODIES
from helpdesk.receiving import Receiver
from helpdesk.starting import checked_app, warm

app = checked_app()
warm(app)
app.wsgi_app = Receiver(app.wsgi_app, BODIES, app.config["MAX_CONTENT_LENGTH"])  # type: ignore[method-assign, assignment]
