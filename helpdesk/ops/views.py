"""Health for load balancers and supervisors of processes: tells nothing about anyone's business."""

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from helpdesk.accounts.access import audience
from helpdesk.extensions import db, redis_connection

blueprint = Blueprint("ops", __name__)


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
