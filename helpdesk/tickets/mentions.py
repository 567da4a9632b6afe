"""Colleagues who are called by name in an internal note."""

import re
from collections import Counter

from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.extensions import db
from helpdesk.folding import compact


def mentioned_in(body: str) -> list[int]:
    """The agents whose names stand in a note behind an @: the longest name that fits, whole, or the family name where
    it is one's alone. A mail address mentions nobody.
    """
    if "@" not in body and "＠" not in body:
        return []
    agents = db.session.execute(select(User.id, User.name).where(User.role.in_(DESK), User.active)).all()
    families = Counter(_family(agent.name) for agent in agents)
    named: dict[str, list[int]] = {}
    for agent in agents:
        named.setdefault(compact(agent.name), []).append(agent.id)
        if families[_family(agent.name)] == 1:
            named.setdefault(_family(agent.name), []).append(agent.id)
    # the blanks of a name may be written or not
    patterns = [re.escape(name).replace(r"\ ", " ?") for name in sorted(filter(None, named), key=len, reverse=True)]
    longest = "|".join(patterns)
    calls = re.findall(rf"(?<![a-z0-9._-])@({longest})(?![a-z0-9])", compact(body)) if longest else []
    together = {name.replace(" ", ""): ids for name, ids in named.items()}
    return list(dict.fromkeys(user_id for name in calls for user_id in together[name.replace(" ", "")]))


def _family(name: str) -> str:
    return compact(name.split(maxsplit=1)[0]) if name.split() else ""
