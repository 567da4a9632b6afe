"""Health for load balancers and supervisors of processes: tells nothing about anyone's business."""

import secrets

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.errands import Errand, waiting_counts
from helpdesk.extensions import db, redis_connection
from helpdesk.mailgate.ledger import counts
from helpdesk.web.access import audience

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@audience()
def health() -> ResponseReturnValue:
    """200 while PostgreSQL answers; Redis alone missing slows work down but loses nothing, so it is only told."""
    try:
        db.session.execute(text("SELECT 1"))
        database = True
    except SQLAlchemyError:
        database = False
    try:
        queue = bool(redis_connection(current_app).ping())
    except RedisError:
        queue = False
    return jsonify(database=database, queue=queue), 200 if database else 503


@blueprint.get("/metrics")
@audience()
def metrics() -> ResponseReturnValue:
    """Prometheus' text form, for who has HELPDESK_METRICS_TOKEN as a bearer token; 404 where none is set."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(given.encode(), token.encode()):
        abort(404)
    registry = CollectorRegistry()
    mails = Gauge("helpdesk_mails", "Mails on the ledger", ["disposition"], registry=registry)
    received = Gauge("helpdesk_mails_received", "Mails that came in: the sum of all dispositions", registry=registry)
    for name, count in counts().items():
        (received if name == "received" else mails.labels(name)).set(count)
    errands = Gauge("helpdesk_errands", "Work that is not done", ["kind", "state"], registry=registry)
    for kind, state, count in waiting_counts(Errand.__subclasses__()):
        errands.labels(kind, state).set(count)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
