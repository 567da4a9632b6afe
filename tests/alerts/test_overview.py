"""All open alerts of all customers: by file over customers, by customer over files; closed ones are gone."""

from helpdesk.alerts.overview import GroupedBy, open_alerts
from helpdesk.extensions import db
from tests.conftest import Cast
from tests.making import SHA, TEXT, an_alert, reported


def test_by_file_and_by_customer(cast: Cast) -> None:
    globex = cast.contact("charlie").customer
    ours, theirs = an_alert(cast.acme), an_alert(globex)
    other = an_alert(cast.acme, TEXT.replace(SHA, "cd" * 32).replace("bad.exe", "other.exe").replace("High", "Low"))
    reported(ours, cast.user("dana"), cast.contact("alice"))
    db.session.commit()
    files = {group.sha256: group for group in open_alerts(GroupedBy.file)}
    assert set(files) == {SHA, "cd" * 32}
    both = files[SHA]
    assert (both.customers, both.alerts, both.unreported) == (2, 2, 1)
    assert [one["reference"] for one in both.tickets] == sorted([ours.reference, theirs.reference])
    customers = {group.customer: group.alerts for group in open_alerts(GroupedBy.customer)}
    assert customers == {cast.acme.name: 2, globex.name: 1}
    page = cast.dana.get("/desk/open-alerts").text
    assert SHA[:12] in page and theirs.reference in page
    assert cast.dana.get("/desk/open-alerts?by=zz").status_code == 200
    other.close(cast.user("dana").actor())
    db.session.commit()
    assert {group.sha256 for group in open_alerts(GroupedBy.file)} == {SHA}


def test_an_alert_without_file_or_customer_has_its_row(cast: Cast) -> None:
    an_alert(None, "Computer: PC-9\nEvent Type: Threat Detected\n")
    (group,) = open_alerts(GroupedBy.file)
    assert (group.sha256, group.customers, group.alerts, group.severity) == (None, 0, 1, None)
    assert cast.dana.get("/desk/open-alerts?by=customer").status_code == 200


def test_empty_says_so(cast: Cast) -> None:
    assert "完了していないアラートはありません" in cast.dana.get("/desk/open-alerts").text
