"""The WSGI entry point of an installed package: `gunicorn helpdesk.serving:app`."""

from helpdesk.commands import checked_app

app = checked_app()
