"""`helpdesk user`, `customer`, `contact` and `import`: people and customers from the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from helpdesk.accounts.import_columns import HEADS, Head
from helpdesk.accounts.importing import NAME_MAX, ImportPlan, NoHead, lock_imports, plan_import, run_import
from helpdesk.accounts.models import User, user_by_email
from helpdesk.accounts.people import PersonRights, PersonWords, add_person
from helpdesk.accounts.roles import Role
from helpdesk.accounts.setup import make_setup_link
from helpdesk.accounts.staff import add_staff
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.finding import the_customer
from helpdesk.customers.models import Contact, Customer, add_customer
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.sheets import SheetFault, Unreadable, read_rows


@click.group(cls=AppGroup)
def user() -> None:
    """Add, invite and close accounts."""


@user.command("add")
@click.argument("address")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(["agent", "supervisor", "administrator"]), required=True)
def user_add(address: str, name: str, role: str) -> None:
    """Add a staff account and mail its invitation; the first administrator is made this way."""
    account = add_staff(SYSTEM, email=address, name=name, role=Role(role))
    db.session.commit()
    nudge()
    click.echo(f"{account.email} was added as {role}; the invitation is on its way.")


@user.command("password")
@click.argument("address")
def user_password(address: str) -> None:
    """Set an account's password from standard input, for an installation whose mail does not work yet."""
    account = _account(address)
    account.set_password(SYSTEM, sys.stdin.readline().rstrip("\n"))
    db.session.commit()
    click.echo(f"The password of {account.email} is set; its other sessions ended.")


@user.command("close")
@click.argument("address")
def user_close(address: str) -> None:
    """Close an account; its sessions end at once."""
    account = _account(address)
    account.deactivate(SYSTEM)
    db.session.commit()
    click.echo(f"{account.email} is closed.")


@click.command()
@with_appcontext
def setup() -> None:
    """Print a one-time link that makes its reader the first administrator and leads through the first start."""
    link = make_setup_link()
    db.session.commit()
    click.echo("Open this link within 24 hours. Whoever opens it becomes the administrator; it works once.")
    click.echo(link)


@click.group(cls=AppGroup)
def customer() -> None:
    """Add and list customers."""


@customer.command("add")
@click.argument("name")
@click.option("--kana", default="", help="How the name is read.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def customer_add(name: str, kana: str, as_json: bool) -> None:
    """Add a customer. Refused where one of this name is there."""
    if not name.strip() or len(name) > NAME_MAX:
        raise Refusal(f"A name has 1 to {NAME_MAX} characters.")
    made = add_customer(SYSTEM, name, kana=kana)
    db.session.commit()
    click.echo(_json({"id": made.id, "name": made.name}) if as_json else f"{made.name} was added (number {made.id}).")


@customer.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def customer_list(as_json: bool) -> None:
    """List customers by name, with their people."""
    rows = db.session.scalars(
        select(Customer).options(selectinload(Customer.contacts)).order_by(Customer.name, Customer.id)
    ).all()
    if as_json:
        click.echo(_json([_customer_facts(one) for one in rows]))
        return
    for one in rows:
        click.echo(f"{one.id:6} {one.name}  {sum(not person.closed for person in one.contacts)} people")


@click.group(cls=AppGroup)
def contact() -> None:
    """Add people of customers."""


@contact.command("add")
@click.argument("customer")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--kana", default="", help="How it is read.")
@click.option("--department", default="")
@click.option("--phone", default="")
@click.option("--told", is_flag=True, help="Is told of alerts.")
@click.option("--instructs", is_flag=True, help="May instruct: quarantine, allow.")
@click.option("--reports", is_flag=True, help="Gets the monthly reports.")
@click.option("--sign-in", type=click.Choice(["customer_user", "customer_admin"]), help="May sign in; is invited.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def contact_add(customer: str, email: str, as_json: bool, sign_in: str | None, **given: Any) -> None:
    """Add a person of CUSTOMER (its name, number, or a part of the name that only one has)."""
    words = PersonWords(email=email, **{name: given[name] for name in ("name", "kana", "department", "phone")})
    rights = PersonRights(told=given["told"], instructs=given["instructs"], reports=given["reports"])
    person = add_person(SYSTEM, the_customer(customer), words, rights, Role(sign_in) if sign_in else None)
    db.session.commit()
    nudge()
    click.echo(_json(_person_facts(person)) if as_json else f"{person.name} <{person.email}> was added.")


@click.group("import", cls=AppGroup)
def import_group() -> None:
    """Bring in tables."""


@import_group.command("customers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would come in; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def import_customers(file: Path, dry_run: bool, as_json: bool) -> None:
    """Bring in customers and people out of an xlsx or CSV file: all rows, or none where one has a fault.

    Exits with 1 where rows have faults. What is there already stays as it is.
    """
    lock_imports()
    try:
        plan = plan_import(read_rows(file.read_bytes()))
    except Unreadable as error:
        raise Refusal(f"{file} is not read: {UNREADABLE[error.fault]}") from error
    except NoHead as error:
        raise Refusal(f"{file} has no column named {' or '.join(HEADS[Head.customer][:2])}.") from error
    if not plan.faulty and not dry_run:
        run_import(SYSTEM, plan)
        db.session.commit()
        nudge()
    click.echo(_json(_plan_facts(plan, dry_run)) if as_json else _plan_words(plan, dry_run))
    sys.exit(1 if plan.faulty else 0)


UNREADABLE = {
    SheetFault.size: "it is larger than 5 MB, or unpacks to more than 60 MB.",
    SheetFault.rows: "it has more than 5,000 rows.",
    SheetFault.columns: "it has more than 60 columns.",
    SheetFault.locked: "it is locked with a password.",
    SheetFault.unreadable: "it is neither xlsx, xls, ods nor CSV in UTF-8 or Shift_JIS.",
    SheetFault.empty: "nothing is in it.",
}


def _plan_facts(plan: ImportPlan, dry_run: bool) -> dict[str, Any]:
    rows = [
        {
            "row": row.number,
            "customer": row.customer,
            "email": row.person.email if row.person else None,
            "new": row.brings,
            "faults": [{"fault": one.fault, "column": one.head, "value": one.value} for one in row.faults],
        }
        for row in plan.rows
    ]
    counts = {f"new_{name}": plan.count(one) for one, name in _COUNTED.items()}
    return {"dry_run": dry_run, "imported": not (dry_run or plan.faulty), **counts, "rows": rows}


_COUNTED = {"customer": "customers", "person": "people", "address": "addresses"}


def _plan_words(plan: ImportPlan, dry_run: bool) -> str:
    lines = []
    for row in plan.faulty:
        for one in row.faults:
            value = f" ({one.value})" if one.value else ""
            lines.append(f"row {row.number}: {one.head.value}: {one.fault.value.replace('_', ' ')}{value}")
    new = ", ".join(f"{plan.count(one)} {name}" for one, name in _COUNTED.items())
    if plan.faulty:
        return "\n".join([*lines, f"{len(plan.faulty)} rows have faults; nothing was imported."])
    return f"Would bring in {new}; nothing was changed." if dry_run else f"Brought in {new}."


def _customer_facts(one: Customer) -> dict[str, Any]:
    people = [_person_facts(person) for person in one.contacts]
    return {"id": one.id, "name": one.name, "kana": one.kana, "created_at": one.created_at, "contacts": people}


def _person_facts(one: Contact) -> dict[str, Any]:
    rights = {"told": one.told_of_alerts, "instructs": one.may_instruct, "reports": one.gets_reports}
    return {"id": one.id, "name": one.name, "email": one.email, **rights, "closed": one.closed}


def _json(facts: Any) -> str:
    return json.dumps(facts, ensure_ascii=False, default=lambda moment: moment.isoformat())


def _account(address: str) -> User:
    account = user_by_email(address)
    if account is None:
        raise Refusal(f"There is no account {address}.")
    return account
