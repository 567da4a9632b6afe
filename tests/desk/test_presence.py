"""Who looks and who writes: told to the others on list and ticket, over after a while, and no matter without Redis."""

import pytest
from redis.exceptions import ConnectionError as NoRedis

from helpdesk.tickets import presence
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_inquiry


@pytest.fixture
def ticket(cast: Cast) -> Ticket:
    return an_inquiry(cast.contact("alice"))


def others(cast: Cast, ticket: Ticket) -> list[tuple[str, bool]]:
    answer = cast.sato.get(f"/desk/tickets/{ticket.reference}/live/{ticket.version}").get_json()
    return [(one["name"], one["writing"]) for one in answer["others"]]


def test_who_looks_and_who_writes(cast: Cast, ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    dana, name, url = cast.dana, cast.user("dana").name, f"/desk/tickets/{ticket.reference}"
    assert others(cast, ticket) == []
    dana.get(f"{url}/live/1")
    assert others(cast, ticket) == [(name, False)]
    dana.post(f"/drafts/reply:{ticket.reference}", {"body": "書きかけ"})
    assert others(cast, ticket) == [(name, True)]
    told = cast.sato.get("/desk/live/open?loaded=1").get_json()["present"]
    assert [one["writing"] for one in told[ticket.reference]] == [True]
    monkeypatch.setattr(presence, "LIFE", -1)
    assert others(cast, ticket) == []


def test_the_poll_is_silent_while_nothing_changes(cast: Cast, ticket: Ticket) -> None:
    sato, url = cast.sato, f"/desk/tickets/{ticket.reference}/live/{ticket.version}"
    mark = sato.get(url).headers["ETag"]
    assert sato.get(url, headers={"If-None-Match": mark}).status_code == 304
    cast.dana.get(url)
    assert sato.get(url, headers={"If-None-Match": mark}).status_code == 200
    behind = sato.get(f"/desk/tickets/{ticket.reference}/live/{ticket.version + 1}").get_json()
    assert behind["changed"] is True


def test_without_redis_nobody_is_told_and_all_goes_on(
    cast: Cast, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_app: object) -> None:
        raise NoRedis

    monkeypatch.setattr(presence, "redis_connection", gone)
    assert others(cast, ticket) == []
    assert cast.dana.get("/desk/").status_code == 200
