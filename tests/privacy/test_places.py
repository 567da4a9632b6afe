"""The list of places against the models: nothing that may tell of a person is forgotten (R61)."""

import pytest
from sqlalchemy import ARRAY, JSON, Enum, LargeBinary, String, Table
from sqlalchemy.dialects.postgresql import TSVECTOR

import helpdesk.commands  # noqa: F401 - with it every table is known
from helpdesk.extensions import Model
from helpdesk.privacy.kinds import DataClass, Fate
from helpdesk.privacy.places import PLACES
from tests.product import ROOT

TABLES = {table.name: table for table in Model.metadata.sorted_tables}
BY_NAME = {place.table: place for place in PLACES}
INDEXES = (TSVECTOR,)
"""Made by us from other columns."""


def texts(table: Table) -> set[str]:
    """Columns that can hold words: no enumerations, no keys of files, nothing encrypted."""
    return {
        column.name
        for column in table.columns
        if isinstance(column.type, String | JSON | ARRAY)
        and not isinstance(column.type, Enum | LargeBinary)
        and not column.foreign_keys
    }


def test_every_table_is_listed_once() -> None:
    assert len(BY_NAME) == len(PLACES)
    assert set(BY_NAME) == set(TABLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_of_words_is_classed(name: str) -> None:
    place = BY_NAME[name]
    personal, codes = place.personal.split(), place.codes.split()
    assert set(personal) | set(codes) == texts(TABLES[name])
    assert len(personal) + len(codes) == len(set(personal) | set(codes))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.table)
def test_rows_are_found_by_columns_there_are(place: object) -> None:
    assert isinstance(place, type(PLACES[0]))
    assert {column for column, _what in place.finders} <= set(TABLES[place.table].c.keys())
    if place.fate in (Fate.blank, Fate.delete):
        assert place.finders, "whose rows?"
    if place.kind == DataClass.none:
        assert not place.finders


def test_the_document_names_every_class_and_table() -> None:
    words = (ROOT / "docs" / "privacy.md").read_text()
    assert [place.table for place in PLACES if f"`{place.table}`" not in words] == []


def test_what_leads_to_a_person_is_followed() -> None:
    """A table that points at contacts or users is searched by that column, or says nothing of a person by itself."""
    staff = {"assignee_id", "reviewer_id", "asked_by_id", "by_id"}
    for table in TABLES.values():
        leads = {
            key.parent.name
            for key in table.foreign_keys
            if key.column.table.name in ("contacts", "users") and key.parent.name not in staff
        }
        found = {column for column, _what in BY_NAME[table.name].finders}
        assert leads - found <= {"contact_id", "user_id", "merged_into_id"}, table.name
        if leads - found:
            assert table.name in ("users", "contacts", "sendings", "team_members", "instructions", "erasures"), (
                table.name
            )
