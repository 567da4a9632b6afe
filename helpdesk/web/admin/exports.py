"""The administrator's lists as files."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import Role
from helpdesk.reports.exports import all_accounts, all_customers
from helpdesk.web.access import audience
from helpdesk.web.exporting import exported

blueprint = Blueprint("exports", __name__, url_prefix="/admin/exports")


@blueprint.get("/customers/<any(xlsx, csv, cp932):form>")
@audience(Role.administrator)
def customers(form: str) -> ResponseReturnValue:
    return exported(all_customers(), form, "customers")


@blueprint.get("/accounts/<any(xlsx, csv, cp932):form>")
@audience(Role.administrator)
def accounts(form: str) -> ResponseReturnValue:
    return exported(all_accounts(), form, "accounts")
