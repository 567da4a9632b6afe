"""Files about a customer: kept by administrators, downloaded as plain bytes, taken off with a record."""

import io

from helpdesk.audit.models import events_of
from helpdesk.customers.documents import documents_of
from tests.conftest import Cast


def test_a_file_is_kept_downloaded_and_taken_off(cast: Cast) -> None:
    root, page = cast.root, f"/admin/customers/{cast.acme.id}"
    content = b"<script>alert(1)</script>"
    assert root.post(f"{page}/files", {"document": (io.BytesIO(content), "契約書 1.html")}).status_code == 302
    (row,) = documents_of(cast.acme.id)
    assert "契約書 1.html" in root.get(page).text
    answer = root.get(f"{page}/files/{row.id}")
    assert answer.data == content
    assert answer.mimetype == "application/octet-stream"
    assert "attachment" in answer.headers["Content-Disposition"]
    other = cast.contact("charlie").customer_id
    assert root.get(f"/admin/customers/{other}/files/{row.id}").status_code == 404
    assert root.post(f"{page}/files/{row.id}/removal").status_code == 302
    assert documents_of(cast.acme.id) == []
    assert root.get(f"{page}/files/{row.id}").status_code == 404
    acts = [event.act for event in events_of(cast.acme)]
    assert "customer.file_added" in acts and "customer.file_removed" in acts


def test_no_file_and_too_large_a_file_are_refused_in_words(cast: Cast) -> None:
    root, page = cast.root, f"/admin/customers/{cast.acme.id}"
    assert root.post(f"{page}/files", {}).status_code == 422
    large = root.post(f"{page}/files", {"document": (io.BytesIO(b"x" * 26_000_000), "large.bin")})
    assert large.status_code in (413, 422)
    assert documents_of(cast.acme.id) == []
