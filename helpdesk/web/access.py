"""Who may see what. Access begins at the person: a view without a declared audience answers nobody."""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from helpdesk.accounts.models import User, user_of_session
from helpdesk.accounts.reach import act_for
from helpdesk.accounts.roles import CUSTOMERS, DESK, Role
from helpdesk.audit.models import Actor
from helpdesk.extensions import login_manager

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
PUBLIC = frozenset[Role]()


def audience(*roles: Role | Iterable[Role]) -> Callable[[View], View]:
    """Declare which roles a view answers; with none it is public. Enforced before every request."""
    named: set[Role] = set()
    for role in roles:
        named.update({role} if isinstance(role, Role) else role)

    def declare(view: View) -> View:
        view.audience = frozenset(named)  # type: ignore[attr-defined]
        return view

    return declare


def init_app(app: Flask) -> None:
    login_manager.user_loader(_from_here)
    app.before_request(_admit)


def _from_here(token: str) -> User | None:
    """The account behind a session, with the address this request came from (R63)."""
    # every page of the portal asks whose contact its reader is; none of the desk's does
    user = user_of_session(token, with_contact=(request.endpoint or "").startswith("portal."))
    act_for(user)
    if user is not None:
        user.seen_from = request.remote_addr or ""
    return user


def audience_of(endpoint: str) -> frozenset[Role] | None:
    """The declared audience of an endpoint: empty means public, None means undeclared and closed."""
    return getattr(current_app.view_functions[endpoint], "audience", None)


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    allowed = audience_of(request.endpoint)
    # a view that forgot to say whom it answers does not exist
    if allowed is None:
        abort(404)
    if allowed == PUBLIC:
        return None
    if not current_user.is_authenticated:
        # a poll or a script would take the sign-in page for its answer
        scripted = request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json"
        if request.method != "GET" or scripted or "live" in request.endpoint:
            abort(401)
        return redirect(url_for("public.accounts.sign_in_form", next=request.full_path.rstrip("?")))
    if not answers(allowed, signed_in()):
        abort(403)
    return None


def answers(roles: frozenset[Role], user: User) -> bool:
    """Whether what answers these roles answers this person: while a grant holds, administrators do an agent's work."""
    return user.role in roles or (Role.agent in roles and user.works_tickets)


def handles_contract(user: User) -> bool:
    """Whether a customer's person acts for their organisation where the contract and its terms are concerned."""
    return user.role == Role.customer_admin or (user.contact is not None and user.contact.handles_contract)


def signed_in() -> User:
    """The person of this request, where the view's audience is not public."""
    return cast(User, current_user._get_current_object())


def acting() -> Actor:
    """Who acts in this request, and from where."""
    return signed_in().actor()


def home_of(user: User) -> str:
    """The page a person starts at."""
    if user.role in CUSTOMERS:
        return url_for("portal.tickets.home")
    if user.role == Role.reseller_user:
        return url_for("reseller.customers.overview")
    return url_for("desk.queues.page") if user.role in DESK else url_for("admin.customers.customer_list")


def safe_next(target: str | None) -> str | None:
    """A path on this site to go on to, or None for anything else (open redirects)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and "\\" not in target else None
