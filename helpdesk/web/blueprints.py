"""Every page, in one list."""

from flask import Blueprint, Flask

from helpdesk.web import health
from helpdesk.web.admin import (
    contacts,
    customers,
    documents,
    imports,
    resellers,
    retention,
    settings,
    start,
    subcontractors,
    users,
)
from helpdesk.web.admin import exports as admin_exports
from helpdesk.web.desk import (
    actions,
    alert_reports,
    alerts,
    announcements,
    bulk,
    calendar,
    checklists,
    composer,
    contract_money,
    contract_notices,
    contracts,
    erasings,
    exports,
    grants,
    handling,
    inquiries,
    layout,
    macros,
    mails,
    manuals,
    news,
    obligations,
    palette,
    personal,
    phone,
    preferences,
    provisions,
    queues,
    reports,
    search,
    sendings,
    supervision,
    teams,
    terms,
    tickets,
    tuning,
)
from helpdesk.web.portal import connection, contract, decisions
from helpdesk.web.portal import exports as portal_exports
from helpdesk.web.portal import manuals as portal_manuals
from helpdesk.web.portal import people as portal_people
from helpdesk.web.portal import personal as portal_personal
from helpdesk.web.portal import reports as portal_reports
from helpdesk.web.portal import search as portal_search
from helpdesk.web.portal import terms as portal_terms
from helpdesk.web.portal import tickets as portal_tickets
from helpdesk.web.public import accounts, answers, drafts, logo, proofs, reopening, setup
from helpdesk.web.public import announcements as public_announcements
from helpdesk.web.public import terms as public_terms
from helpdesk.web.reseller import customers as reseller_customers

PAGES = {
    "public": (accounts, logo, setup, drafts, answers, reopening, proofs, public_terms, public_announcements),
    "admin": (
        customers,
        documents,
        contacts,
        resellers,
        subcontractors,
        imports,
        settings,
        retention,
        start,
        users,
        admin_exports,
    ),
    "desk": (
        queues,
        bulk,
        palette,
        news,
        preferences,
        tickets,
        composer,
        macros,
        sendings,
        handling,
        checklists,
        inquiries,
        alerts,
        alert_reports,
        actions,
        phone,
        mails,
        search,
        supervision,
        reports,
        layout,
        exports,
        grants,
        manuals,
        tuning,
        teams,
        calendar,
        contracts,
        contract_notices,
        contract_money,
        obligations,
        terms,
        personal,
        erasings,
        provisions,
        announcements,
    ),
    "reseller": (reseller_customers,),
    "portal": (
        portal_tickets,
        decisions,
        connection,
        contract,
        portal_people,
        portal_personal,
        portal_terms,
        portal_manuals,
        portal_search,
        portal_reports,
        portal_exports,
    ),
}


def register(app: Flask) -> None:
    """Name every endpoint for where it stands: `desk.queues.page` is in web/desk/tickets.py."""
    for folder, pages in PAGES.items():
        blueprint = Blueprint(folder, __name__)
        for page in pages:
            blueprint.register_blueprint(page.blueprint)
        app.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
