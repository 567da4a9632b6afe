"""`helpdesk user ...`: accounts from the command line."""

import sys

import click
from flask.cli import AppGroup

from helpdesk.accounts.inviting import invite
from helpdesk.accounts.models import Role, User, add_user, user_by_email
from helpdesk.audit.models import SYSTEM
from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db


@click.group(cls=AppGroup)
def user() -> None:
    """Add, invite and close accounts."""


@user.command("add")
@click.argument("address")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice(["agent", "supervisor", "administrator"]), required=True)
def user_add(address: str, name: str, role: str) -> None:
    """Add a staff account and mail its invitation; the first administrator is made this way."""
    account = add_user(SYSTEM, email=address, name=name, role=Role(role))
    invite(SYSTEM, account)
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


def _account(address: str) -> User:
    account = user_by_email(address)
    if account is None:
        raise Refusal(f"There is no account {address}.")
    return account
