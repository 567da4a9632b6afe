"""The service's settings: set on a page, in versions, in force at once, what nobody set is the environment's."""

import io
from dataclasses import replace

import pytest

from helpdesk.audit.models import SYSTEM, events_of
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.notices.models import Notice
from helpdesk.settings.changing import BOUNDS, change_settings, history
from helpdesk.settings.models import NAMES, current_settings, of_environment
from helpdesk.settings.words import SETTING_WORDS
from tests.conftest import Cast, Person
from tests.making import an_inquiry
from tests.pictures import a_png

FORM = {
    "provider_name": "港北サポート",
    "provider_phone": "045-555-0100",
    "provider_address": "横浜市港北区",
    "first_answer_minutes": "240",
    "report_business_days": "2",
    "undo_seconds": "0",
    "reopen_days": "14",
    "silence_days": "14",
}


def test_every_setting_has_its_words_and_numbers_their_bounds() -> None:
    assert set(SETTING_WORDS) == set(NAMES)
    assert set(BOUNDS) < set(NAMES)


def test_what_is_saved_stands_on_the_portal_in_mails_and_in_due_times(cast: Cast, mailbox: object) -> None:
    before = an_inquiry(cast.contact("alice"))
    assert cast.root.post("/admin/settings", FORM).status_code == 302
    page = cast.alice.get("/portal/").text
    assert "港北サポート" in page
    assert 'href="tel:045-555-0100"' in page
    after = an_inquiry(cast.contact("alice"))
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at < before.due_at, "four hours of service time instead of eight"
    receipt = db.session.scalars(db.select(Notice).order_by(Notice.id.desc())).first()
    assert receipt is not None
    assert receipt.body.rstrip().split("--")[-1].split("\n")[1:4] == [
        "港北サポート サポート窓口",
        "support@desk.example",
        "お電話: 045-555-0100",
    ]


def test_each_change_tells_who_what_and_the_value_before(cast: Cast) -> None:
    root = cast.root
    root.post("/admin/settings", FORM)
    root.post("/admin/settings", FORM | {"silence_days": "7"})
    newest, first = history()
    assert newest.by == cast.user("root").name
    assert newest.changed == {"silence_days": [14, 7]}
    assert first.changed["provider_name"] == [of_environment().provider_name, "港北サポート"]
    assert [event.act for event in events_of(newest)] == ["settings.changed"]
    page = root.get("/admin/settings").text
    assert "14 → 7" in page
    root.post("/admin/settings", FORM | {"silence_days": "7"})
    assert len(history()) == 2, "what changes nothing is no change"


def test_what_is_set_back_follows_the_environment_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    change_settings(SYSTEM, {"silence_days": 7})
    change_settings(SYSTEM, {"silence_days": 14})
    monkeypatch.setitem(cast.app.config, "SILENCE_DAYS", 21)
    assert current_settings() == replace(of_environment(), silence_days=21)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("provider_name", ""),
        ("provider_name", "名" * 201),
        ("silence_days", "0"),
        ("silence_days", "two"),
        ("undo_seconds", "121"),
        ("first_answer_minutes", "14"),
        ("report_business_days", "99999999999999999999"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_typed_is_lost(
    cast: Cast, field: str, typed: str
) -> None:
    answer = cast.root.post("/admin/settings", FORM | {field: typed})
    assert answer.status_code in (409, 422)
    assert f'id="{field}-error"' in answer.text
    assert "横浜市港北区" in answer.text
    assert history() == []


def test_another_process_reads_what_was_set_with_its_next_transaction(cast: Cast) -> None:
    assert current_settings().silence_days == 14
    change_settings(SYSTEM, {"silence_days": 7})
    db.session.commit()
    assert current_settings().silence_days == 7
    with pytest.raises(Refusal):
        change_settings(SYSTEM, {"silence_days": 0})


def test_a_page_of_somebody_signed_in_asks_for_the_settings_with_the_session(cast: Cast, statements: list[str]) -> None:
    dana = cast.dana
    statements.clear()
    dana.get("/desk/queues/open")
    assert len([one for one in statements if "settings_versions" in one]) == 1


def test_the_logo_is_shown_to_anybody_and_no_other_file_is(cast: Cast, visitor: Person) -> None:
    other, root = store(b"customer's file"), cast.root
    logo = FORM | {"logo": (io.BytesIO(a_png()), "logo.png")}
    root.post("/admin/settings", logo, content_type="multipart/form-data")
    url = f"/logo/{current_settings().logo}.png"
    assert url in visitor.get("/sign-in").text
    assert visitor.get(url).data == a_png()
    assert visitor.get(f"/logo/{other}.png").status_code == 404
    broken = FORM | {"logo": (io.BytesIO(a_png(cut=40)), "logo.png")}
    assert root.post("/admin/settings", broken, content_type="multipart/form-data").status_code == 409
    root.post("/admin/settings", FORM | {"drop_logo": "y"})
    assert visitor.get(url).status_code == 404


def test_whoever_saves_an_old_page_is_told_what_changed_meanwhile(cast: Cast) -> None:
    """A later administrator undoes nothing of an earlier one without a word."""
    root = cast.root
    assert root.post("/admin/settings", FORM | {"version": "0"}).status_code == 302
    late = root.post("/admin/settings", FORM | {"version": "0", "silence_days": "7"})
    assert late.status_code == 409
    assert "変更" in late.text
    assert 'value="7"' in late.text, "what was typed stays"
    assert current_settings().silence_days == 14
    newest = history()[0].id
    assert f'value="{newest}"' in late.text
    assert root.post("/admin/settings", FORM | {"version": str(newest), "silence_days": "7"}).status_code == 302
    assert current_settings().silence_days == 7
