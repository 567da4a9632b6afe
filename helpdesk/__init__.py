"""create_app(): configuration, extensions, blueprints, error pages; no logic."""

import gc

gc.disable()  # nothing that is imported goes away again; looking for it took a quarter of a command's start

import logging

from flask import Flask, Response, has_request_context, request
from flask_login import current_user
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from helpdesk import clock, extensions, local
from helpdesk.accounts import reach
from helpdesk.alerts import reporting
from helpdesk.config import Config, read_config
from helpdesk.resources import PACKAGE, resource
from helpdesk.settings import models as settings
from helpdesk.tickets import delivery, handing_back
from helpdesk.triage import deciding
from helpdesk.web import access, blueprints, error_pages, pages

gc.enable()


def create_app(config: Config | None = None) -> Flask:
    """Build the application. Raises ConfigError where the environment is wrong."""
    config = config or read_config()
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("httpx2", "alembic", "rq.cron", "mail.log"):
        logging.getLogger(chatty).setLevel("WARNING")
    app = Flask("helpdesk", template_folder=str(resource("templates")), static_folder=None)
    configure(app, config)
    clock.use_offset_file(config.clock_file)
    extensions.init_app(app)
    extensions.babel.init_app(app, locale_selector=_language, timezone_selector=lambda: config.zone.key)
    error_pages.init_app(app)
    access.init_app(app)
    pages.init_app(app, resource("static"))
    blueprints.register(app)
    settings.init()
    reach.init()
    delivery.init()
    handing_back.init()
    reporting.init()
    deciding.init()
    app.after_request(_harden)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(resource("static") / "dist"),
        prefix="static/",
        max_age=60,
        immutable_file_test=pages.immutable,
    )
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def configure(app: Flask, config: Config) -> None:
    """Put the typed configuration where Flask and its extensions look."""
    place = local.LocalPaths(config.var)
    app.config.update({name.upper(): value for name, value in vars(config).items()})
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url or place.database_url,
        # errors tell no values: they reach logs, failed jobs and rows that people read
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": 8,
            "max_overflow": 8,
            "pool_timeout": 10,
            "hide_parameters": True,
            # compiling a plan, or starting processes for it, takes longer than any of our statements
            "connect_args": {"options": "-c jit=off -c max_parallel_workers_per_gather=0"},
        },
        REDIS_URL=config.redis_url or place.redis_url,
        FILES=config.var / "files",
        PRINT_FONTS=resource("static") / "dist" / "print",
        BABEL_DEFAULT_LOCALE="ja",
        BABEL_TRANSLATION_DIRECTORIES=str(PACKAGE / "translations"),
        MAX_CONTENT_LENGTH=24 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="session" if config.demo else "__Host-session",
        SESSION_COOKIE_SECURE=not config.demo,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=not config.demo,
        RATELIMIT_STORAGE_URI=_limiter_storage(config.redis_url or place.redis_url),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=4,
        COMPRESS_MIMETYPES=["text/html", "application/json"],
    )


def _limiter_storage(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url


def _language() -> str:
    """The person's language, else a choice kept in a cookie, else what the browser prefers; jobs speak Japanese."""
    if not has_request_context():
        return "ja"
    if current_user and current_user.is_authenticated:
        return str(current_user.language.value)
    chosen = request.cookies.get("language") or request.accept_languages.best_match(["ja", "en"])
    return chosen if chosen in ("ja", "en") else "ja"


def _harden(response: Response) -> Response:
    """Security headers. Scripts run from our own files only, nothing inline."""
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "frame-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
