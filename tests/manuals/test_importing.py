"""Manuals from file to customers: whole or not at all, a draft first, editions in force, references that stay."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.manuals.importing import ManualImport
from helpdesk.manuals.jobs import import_manual
from helpdesk.manuals.models import Manual, ManualSection, contents_of
from helpdesk.triage.assessment import find_places
from helpdesk.triage.knowledge import current_places
from helpdesk.triage.places import Place
from tests.conftest import Cast
from tests.manuals.files import CHAPTERS, a_pdf, an_import, queued


def imported(cast: Cast, content: bytes, name: str = "guide.pdf", **edition: object) -> ManualImport:
    row = an_import(cast.user("erin"), content, name, **edition)
    import_manual(row.id, queued(row))
    return row


def places(question: str) -> list[Place]:
    return find_places(question, current_places())


def published(cast: Cast, **edition: object) -> Manual:
    manual = imported(cast, a_pdf(), **edition).manual
    assert manual is not None
    manual.publish(cast.user("erin").actor())
    db.session.commit()
    return manual


def test_a_draft_is_seen_by_supervisors_only_until_it_is_published(cast: Cast) -> None:
    row = imported(cast, a_pdf())
    assert (row.state, row.pages, row.pages_read) == (ErrandState.done, 3, 3)
    manual = row.manual
    assert manual is not None
    key = contents_of([manual.id])[2].key
    assert key == "guide.zebra-settings"
    assert cast.alice.get(f"/portal/manual/{key}").status_code == 404
    assert cast.alice.get(f"/portal/manual-originals/{manual.id}").status_code == 404
    assert "Zebra" not in cast.alice.get("/portal/manual").text
    assert "Zebra" in cast.erin.get(f"/desk/manuals/{manual.id}").text
    cast.erin.post(f"/desk/manuals/{manual.id}/publication")
    page = cast.alice.get(f"/portal/manual/{key}").text
    assert "Zebra stripes are switched on under Display." in page
    assert f"/portal/manual-originals/{manual.id}#page=3" in page
    assert cast.alice.get(f"/portal/manual-originals/{manual.id}").data.startswith(b"%PDF")
    assert places("How do I switch on zebra stripes?")[0].key == key


def test_a_refused_file_leaves_nothing_behind_and_says_why(cast: Cast) -> None:
    before = db.session.scalar(select(func.count(ManualSection.id)))
    row = imported(cast, a_pdf(chapters=CHAPTERS[:1], scanned=3))
    assert (row.state, row.manual_id) == (ErrandState.failed, None)
    assert db.session.scalar(select(func.count(ManualSection.id))) == before
    page = cast.erin.get(f"/desk/manuals/imports/{row.id}").text
    for words in ("2ページ", "3ページ", "4ページ", "画像だけで文字がありません"):
        assert words in page
    assert cast.erin.post(f"/desk/manuals/imports/{row.id}/again").status_code == 302


def test_a_new_edition_takes_over_and_old_references_stay(cast: Cast) -> None:
    old = published(cast, edition="1")
    key = "guide.zebra-settings"
    new_text = [*CHAPTERS[:2], ("3. Zebra settings", "Now found under View.")]
    new = imported(cast, a_pdf(chapters=new_text), edition="2", valid_from=date(2026, 11, 20)).manual
    assert new is not None
    new.publish(cast.user("erin").actor())
    db.session.commit()
    assert "Now found under View." in cast.alice.get(f"/portal/manual/{key}").text
    cited = cast.alice.get(f"/portal/manual/{key}?edition={old.id}").text
    assert "switched on under Display" in cited
    assert "引用した版を表示しています" in cited


def test_editions_begin_and_end_on_their_days(cast: Cast) -> None:
    today = clock.now().date()
    later = published(cast, edition="2", valid_from=today + timedelta(days=5))
    key = "guide.zebra-settings"
    assert key not in [place.key for place in places("zebra stripes")]
    later.valid_from = today - timedelta(days=5)
    db.session.commit()
    assert places("zebra stripes")[0].key == key
    answer = cast.erin.post(f"/desk/manuals/{later.id}/withdrawal", data={"last_day": str(today - timedelta(days=1))})
    assert answer.status_code == 302
    assert key not in [place.key for place in places("zebra stripes")]
    assert "この節は現在のマニュアルにはありません" in cast.alice.get(f"/portal/manual/{key}").text


def test_words_of_a_section_are_tuned_and_carried_into_the_next_edition(cast: Cast) -> None:
    manual = published(cast)
    section = contents_of([manual.id])[2]
    assert section.key not in [place.key for place in places("しましま")]
    cast.erin.post(f"/desk/manuals/sections/{section.id}", data={"words": "しましま\n縞模様\n"})
    assert places("しましま")[0].key == section.key
    following = imported(cast, a_pdf(), edition="2").manual
    assert following is not None
    assert contents_of([following.id])[2].asked == ["しましま", "縞模様"]


def test_a_draft_can_be_dropped_and_a_published_manual_cannot(cast: Cast) -> None:
    draft, kept = imported(cast, a_pdf()).manual, published(cast, edition="2")
    assert draft is not None
    dropped = draft.id
    assert cast.erin.post(f"/desk/manuals/{dropped}/disposal").status_code == 302
    assert db.session.get(Manual, dropped) is None
    assert cast.erin.post(f"/desk/manuals/{kept.id}/disposal").status_code == 409


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 302),
        ({"file": (BytesIO(b""), "empty.pdf")}, 422),
        ({"file": (BytesIO(b"x"), "guide.docx")}, 422),
        ({"series": "Bad Name"}, 422),
        ({"valid_until": "2026-01-01"}, 422),
        ({"title": ""}, 422),
        ({"valid_from": "soon"}, 422),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(
    cast: Cast, change: dict[str, object], status: int
) -> None:
    said = {
        "file": (BytesIO(a_pdf()), "guide.pdf"),
        "title": "Operation guide",
        "series": "guide",
        "edition": "7th",
        "language": "en",
        "valid_from": "2026-11-01",
    }
    answer = cast.erin.post("/desk/manuals/", data=said | change, content_type="multipart/form-data")
    assert answer.status_code == status
    if status == 422:
        assert "7th" in answer.text


def test_what_broke_off_each_time_is_told_and_can_be_tried_again(cast: Cast) -> None:
    row = an_import(cast.user("erin"), a_pdf())
    row.tries = ManualImport.MAX_TRIES
    db.session.commit()
    import_manual(row.id, queued(row))
    assert row.state == ErrandState.failed
    cast.erin.post(f"/desk/manuals/imports/{row.id}/again")
    import_manual(row.id, queued(row))
    assert row.state == ErrandState.done
