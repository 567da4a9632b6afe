"""Press a button as it stands on a page: its form's hidden fields, its defaults, and what is typed."""

from selectolax.lexbor import LexborHTMLParser, LexborNode
from werkzeug.test import TestResponse

from tests.conftest import Person


def press(
    person: Person, page: str, words: str, /, *, beside: str = "", form: str = "", **typed: str | None
) -> TestResponse:
    """Submit the form of `page` whose button reads `words`; None leaves a field out, as an unticked box does.

    `beside` is a text of the table row it stands in, `form` how its address ends. LookupError where no such button
    is offered."""
    shown = person.get(page)
    assert shown.status_code == 200, page
    for one in LexborHTMLParser(shown.text).css("form"):
        button = next((b for b in one.css("button") if words in b.text()), None)
        address = one.attributes.get("action") or page
        if button is None or not address.endswith(form) or beside not in _row(one):
            continue
        fields = _fields(one)
        if name := button.attributes.get("name"):
            fields[name] = button.attributes.get("value")
        fields.update(typed)
        return person.post(address, {name: value for name, value in fields.items() if value is not None})
    raise LookupError(f"{page} offers no button {words!r} beside {beside!r}")


def _row(node: LexborNode) -> str:
    row: LexborNode | None = node
    while row is not None and row.tag != "tr":
        row = row.parent
    return row.text() if row is not None else ""


def _fields(form: LexborNode) -> dict[str, str | None]:
    values: dict[str, str | None] = {}
    for field in form.css("input[name]"):
        kind = field.attributes.get("type")
        if kind not in ("checkbox", "radio") or "checked" in field.attributes:
            values[str(field.attributes["name"])] = field.attributes.get("value") or ""
    for area in form.css("textarea[name]"):
        values[str(area.attributes["name"])] = area.text()
    for choice in form.css("select[name]"):
        options = choice.css("option")
        picked = next((o for o in options if "selected" in o.attributes), options[0] if options else None)
        values[str(choice.attributes["name"])] = picked.attributes.get("value") if picked else ""
    return values
