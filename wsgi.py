"""The WSGI entry point of a checkout: `gunicorn wsgi:app`."""

from helpdesk.serving import app

__all__ = ["app"]
