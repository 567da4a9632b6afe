"""Who looks at a ticket, and who writes on it: told to the others for a while, and locking nothing."""

import logging
from collections import defaultdict
from dataclasses import dataclass

from flask import current_app
from redis.exceptions import RedisError

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.extensions import redis_connection

log = logging.getLogger(__name__)
KEY = "helpdesk:presence"
"""A sorted set of `reference:user id:writing:name`, by when they were last seen (real time)."""
LIFE = 40
"""Seconds: longer than a page's pause between two polls."""
TOLD_MAX = 200


@dataclass(frozen=True)
class Presence:
    """One person on one ticket."""

    user_id: int
    name: str
    writing: bool

    def as_json(self) -> dict[str, str | bool]:
        return {"name": self.name, "initial": self.name[:1], "writing": self.writing}


def be_present(user: User, reference: str, *, writing: bool = False) -> None:
    """This person is here. Who stopped writing is seen writing until that ran out."""
    now = clock.real_now().timestamp()
    try:
        connection = redis_connection(current_app)
        connection.zadd(KEY, {f"{reference}:{user.id}:{int(writing)}:{user.name}": now})
        connection.zremrangebyscore(KEY, "-inf", now - LIFE)
    except RedisError as error:
        log.warning("who is here is not told: %s", error)


def present(me: User) -> dict[str, list[Presence]]:
    """The others, by ticket; writing wins over looking."""
    try:
        since = clock.real_now().timestamp() - LIFE
        members = redis_connection(current_app).zrevrangebyscore(KEY, "+inf", since, 0, TOLD_MAX)
    except RedisError:
        return {}
    found: dict[tuple[str, int], Presence] = {}
    for member in members:
        words = member.decode() if isinstance(member, bytes) else str(member)
        reference, user_id, writing, name = words.split(":", 3)
        one = found.get((reference, int(user_id)))
        if int(user_id) != me.id and (one is None or not one.writing):
            found[reference, int(user_id)] = Presence(int(user_id), name, writing == "1")
    by_ticket: dict[str, list[Presence]] = defaultdict(list)
    for (reference, _user_id), one in found.items():
        by_ticket[reference].append(one)
    return by_ticket
