"""The WSGI entry point of an installed package: `gunicorn helpdesk.serving:app`."""

from helpdesk.starting import checked_app, warm

app = checked_app()
warm(app)
