"""The demo's incident on the vendor's console, and what tests do with it."""

from sqlalchemy import update

from helpdesk import clock
from helpdesk.actions import jobs as action_jobs
from helpdesk.actions.instructions import Choice, Via, instruct
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, coverage, propose
from helpdesk.alerts import jobs as alert_jobs
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.completions import Completion, ConsolePoll
from helpdesk.alerts.models import Alert
from helpdesk.demo.console_state import Console
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Channel
from tests.conftest import Cast


def run() -> None:
    db.session.execute(update(Action).where(Action.due_at.is_not(None)).values(due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Action.queue_due():
        action_jobs.run(errand_id, turn)


def proposed(cast: Cast, alert: Alert, kind: ActionKind) -> Action:
    found = coverage(alert, kind)
    action = propose(
        cast.user("dana"),
        alert,
        Proposal(kind, found.reaching, uncovered=found.without(found.reaching), unknown=found.unknown),
    )
    db.session.commit()
    return action


def approve(cast: Cast, action: Action) -> None:
    instruct(action, cast.contact("alice"), Choice.approve, "text", Via(Channel.portal, None, user=cast.user("alice")))
    db.session.commit()


def effects(vendor: Console) -> list[str]:
    return [row["effect"] for row in vendor.log if row["effect"]]


def isolate(cast: Cast, alert: Alert) -> Action:
    computer = computers_of(alert)["pc-iji-014"]
    place = ProposedTarget(computer.guid or "", computer.name, (computer.name,))
    action = propose(cast.user("dana"), alert, Proposal(ActionKind.isolate, [place]))
    db.session.commit()
    return action


def look_up() -> None:
    db.session.execute(update(Completion).values(due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in Completion.queue_due():
        alert_jobs.complete(errand_id, turn)


def poll() -> None:
    db.session.execute(update(ConsolePoll).values(due_at=clock.now()))
    db.session.commit()
    for errand_id, turn in ConsolePoll.queue_due():
        alert_jobs.poll(errand_id, turn)


def host(vendor: Console, name: str) -> dict[str, object]:
    return next(one for one in vendor.orgs[0]["computers"] if one["hostname"] == name)
