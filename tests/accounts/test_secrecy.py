"""Who of ours is bound to secrecy, and since when, stands in the register of accounts (8)."""

from datetime import date

from helpdesk.audit.models import events_of
from tests.conftest import Cast


def test_the_day_of_the_promise_is_kept_and_recorded(cast: Cast) -> None:
    root, dana = cast.root, cast.user("dana")
    page = f"/admin/users/{dana.id}"
    assert "秘密保持の約束が未登録" in root.get(page).text
    form = {"name": dana.name, "email": dana.email, "role": "agent", "language": "ja"}
    assert root.post(page, form | {"secrecy_on": "2026-04-01"}).status_code == 302
    assert dana.secrecy_on == date(2026, 4, 1)
    assert events_of(dana)[-1].details["after"] == {"secrecy_on": "2026-04-01"}
    assert 'value="2026-04-01"' in root.get(page).text
    assert "秘密保持の約束が未登録" not in root.get(page).text
    assert root.post(page, form | {"secrecy_on": "0001-01-01"}).status_code == 422
    assert root.post(page, form | {"secrecy_on": ""}).status_code == 302
    assert dana.secrecy_on is None
