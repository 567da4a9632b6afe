"""Contracts for supervisors and administrators: all of them, and one customer's with its life (R50 to R56)."""

import tempfile
from typing import Any

from flask import Blueprint, abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.audit.models import Actor, ActorKind, record
from helpdesk.contracts.acts import ContractAct
from helpdesk.contracts.applications import (
    Application,
    ApplicationWords,
    LicenceEdition,
    LicenceOrigin,
    RefusalGround,
    apply,
    open_applications,
)
from helpdesk.contracts.changes import asked_changes, end_in_part
from helpdesk.contracts.contract_notices import open_notices
from helpdesk.contracts.filing import continue_contract
from helpdesk.contracts.life import cancel, contract_now, end_on_record, start_contract, today
from helpdesk.contracts.listing import LISTED_MAX, count_states, list_contracts, state_of, suspended_contracts
from helpdesk.contracts.models import Contract, ContractState, Ending, add_contract
from helpdesk.contracts.suspensions import SuspensionGround
from helpdesk.customers.models import Customer
from helpdesk.desk.contract_effects import begin_service, resume_service, suspend_service, terminate_service
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.ops.archive import write_archive
from helpdesk.terms.models import AcceptedWay, TermsKind, accept, version_of
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_page import TEMPLATE, acted, contract_done, contract_page
from helpdesk.wording import date_words

blueprint = Blueprint("contracts", __name__, url_prefix="/desk/contracts")
WHO = (Role.supervisor, Role.administrator)
APPLIED = (
    *("plan", "address", "clients", "applied_on", "wanted_start_on", "licence_until", "support_until"),
    *("terms_version", "menu_version"),
)


@blueprint.get("")
@audience(*WHO)
def overview() -> ResponseReturnValue:
    """Contracts with their state, what is open beside them; `q` finds, `state` narrows; those that ended on asking."""
    day, suspended, counts = today(), suspended_contracts(), count_states(today())
    words, wanted = request.args.get("q", "")[:100], request.args.get("state", "")
    state = ContractState(wanted) if wanted in ContractState.__members__ else None
    found = list_contracts(day, words, state)
    return render_template(
        "desk/contracts.html",
        contracts=[(one, state_of(one, day, suspended)) for one in found],
        state_counts=counts,
        total=sum(counts.values()) - counts[ContractState.ended],
        most=LISTED_MAX if len(found) == LISTED_MAX else 0,
        words=words,
        wanted=state.value if state is not None else "",
        applications=open_applications(),
        asked=asked_changes(),
        open_notices=open_notices(),
        **_counts(),
    )


@blueprint.get("/<int:customer_id>")
@audience(*WHO)
def customer_page(customer_id: int) -> ResponseReturnValue:
    return render_template(TEMPLATE, **contract_page(_customer(customer_id)))


@blueprint.post("/<int:customer_id>/applications")
@audience(*WHO)
def apply_for(customer_id: int) -> ResponseReturnValue:
    customer = _customer(customer_id)

    def act(form: Any) -> Any:
        given: dict[str, Any] = {name: form[name].data for name in APPLIED}
        given |= {"edition": LicenceEdition(form.edition.data), "origin": LicenceOrigin(form.origin.data)}
        apply(acting(), customer, ApplicationWords(**given))
        for kind, name in ((TermsKind.terms, "terms_version"), (TermsKind.menu, "menu_version")):
            if version := version_of(kind, int(given[name] or 0)):
                accept(Actor(ActorKind.contact, given["address"]), version, customer, None, AcceptedWay.application)
        return _("The application was recorded.")

    return acted(customer, "apply", act)


@blueprint.post("/<int:customer_id>/applications/<int:application_id>/start")
@audience(*WHO)
def start(customer_id: int, application_id: int) -> ResponseReturnValue:
    """Send the notice that forms the contract (3-2)."""
    customer, application = _customer(customer_id), _application(customer_id, application_id)

    def act(form: Any) -> Any:
        contract = start_contract(acting(), application, form.start_on.data)
        begin_service(acting(), customer)
        return _(
            "%(number)s is formed: the notice is on its way to %(to)s.", number=contract.number, to=application.address
        )

    return acted(customer, "start", act, str(application_id))


@blueprint.post("/<int:customer_id>/applications/<int:application_id>/refusal")
@audience(*WHO)
def refuse(customer_id: int, application_id: int) -> ResponseReturnValue:
    customer, application = _customer(customer_id), _application(customer_id, application_id)

    def act(form: Any) -> Any:
        application.refuse(acting(), RefusalGround(form.ground.data), form.words.data)
        return _("The application was refused; the ground is on record.")

    return acted(customer, "refuse", act, str(application_id))


@blueprint.post("/<int:customer_id>/applications/<int:application_id>/postponement")
@audience(*WHO)
def put_off(customer_id: int, application_id: int) -> ResponseReturnValue:
    customer, application = _customer(customer_id), _application(customer_id, application_id)

    def act(form: Any) -> Any:
        application.put_off(acting(), form.start_on.data, form.words.data)
        return _("The start was put off.")

    return acted(customer, "putoff", act, str(application_id))


@blueprint.post("/<int:customer_id>/entries")
@audience(*WHO)
def enter(customer_id: int) -> ResponseReturnValue:
    """A contract that was formed otherwise; open tickets of its days are covered again."""
    customer = _customer(customer_id)

    def act(form: Any) -> Any:
        given = {name: form[name].data for name in ("plan", "clients", "start", "end", "applied_on")}
        add_contract(acting(), customer, **given)
        healed = begin_service(acting(), customer)
        return _("The contract was added; %(count)s open tickets are covered by it.", count=healed)

    return acted(customer, "entry", act)


@blueprint.post("/<int:customer_id>/suspension")
@audience(*WHO)
def suspend(customer_id: int) -> ResponseReturnValue:
    customer, contract = _customer(customer_id), _contract(customer_id)

    def act(form: Any) -> Any:
        suspend_service(acting(), contract, SuspensionGround(form.ground.data), form.words.data)
        return _("Suspended: due times stand still and actions wait. The customer is told by mail.")

    return acted(customer, "suspend", act)


@blueprint.post("/<int:customer_id>/resumption")
@audience(*WHO)
def resume(customer_id: int) -> ResponseReturnValue:
    resume_service(acting(), _contract(customer_id))
    return contract_done(customer_id, _("The service goes on."))


@blueprint.post("/<int:customer_id>/termination")
@audience(*WHO)
def end(customer_id: int) -> ResponseReturnValue:
    """By the provider, by clause; or a last day that was agreed on."""
    customer, contract = _customer(customer_id), _contract(customer_id)

    def act(form: Any) -> Any:
        ending = Ending(form.ending.data)
        if ending != Ending.corrected:
            terminate_service(acting(), contract, ending, form.words.data, on=form.on.data, all_due=form.all_due.data)
        elif form.on.data is None:
            raise Refusal(_("Choose the last day."), field="on")
        else:
            end_on_record(acting(), contract, form.on.data, form.words.data)
        day = date_words(contract.in_force_until, signed_in().language.value) if contract.in_force_until else ""
        return _("The contract ends on %(day)s.", day=day)

    return acted(customer, "end", act)


@blueprint.post("/<int:customer_id>/partial-termination")
@audience(*WHO)
def end_part(customer_id: int) -> ResponseReturnValue:
    """By a month's notice a part ends (12-4)."""
    customer, contract = _customer(customer_id), _contract(customer_id)

    def act(form: Any) -> Any:
        given = {name: form[name].data for name in ("plan", "clients", "words")}
        change = end_in_part(acting(), contract, **given)
        day = date_words(change.effective_on, signed_in().language.value)
        return _("From %(day)s on %(plan)s remains; the customer is told by mail.", day=day, plan=change.plan)

    return acted(customer, "part", act)


@blueprint.post("/<int:customer_id>/continuation")
@audience(*WHO)
def go_on(customer_id: int) -> ResponseReturnValue:
    """Both sides agree that the contract goes on."""
    customer, contract = _customer(customer_id), _contract(customer_id)

    def act(form: Any) -> Any:
        continue_contract(acting(), contract, form.words.data)
        return _("The contract goes on; its end was taken back.")

    return acted(customer, "goon", act)


@blueprint.post("/<int:customer_id>/cancellation/<int:contract_id>")
@audience(*WHO)
def call_off(customer_id: int, contract_id: int) -> ResponseReturnValue:
    """A contract that was entered by mistake, or is called off before it begins, never was."""
    customer = _customer(customer_id)
    contract = db.session.get(Contract, contract_id, with_for_update=True)
    if contract is None or contract.customer_id != customer_id:
        abort(404)

    def act(form: Any) -> Any:
        cancel(acting(), contract, form.words.data)
        return _("%(number)s was cancelled; the record keeps it.", number=contract.number)

    return acted(customer, "cancel", act, str(contract_id))


@blueprint.post("/<int:customer_id>/archive")
@audience(*WHO)
def archive(customer_id: int) -> ResponseReturnValue:
    """Tickets, files, proofs and reports of this customer as one ZIP, on their request (V5)."""
    customer = _customer(customer_id)
    record(acting(), ContractAct.archived, customer)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as it is sent
    write_archive(customer, file)
    db.session.commit()
    file.seek(0)
    name = f"archive-{customer_id}-{today():%Y%m%d}.zip"
    response = send_file(file, "application/zip", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _customer(customer_id: int) -> Customer:
    return db.get_or_404(Customer, customer_id)


def _application(customer_id: int, application_id: int) -> Application:
    application = db.session.get(Application, application_id, with_for_update=True)
    if application is None or application.customer_id != customer_id:
        abort(404)
    return application


def _contract(customer_id: int) -> Contract:
    contract = contract_now(customer_id)
    if contract is None:
        abort(404)
    return db.session.get_one(Contract, contract.id, with_for_update=True, populate_existing=True)


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())} if signed_in().works_tickets else {}
