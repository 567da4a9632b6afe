"""What forms share: stripping, addresses, file fields, a console's key."""

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Field, PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from helpdesk.addresses import is_address
from helpdesk.audit.models import Actor
from helpdesk.console.models import Region, Signing, set_credential
from helpdesk.customers.models import Customer
from helpdesk.files.keeping import count_brought, may_bring
from helpdesk.files.names import clean_name
from helpdesk.tickets.kinds import FILES_MAX, FILES_SIZE_MAX
from helpdesk.tickets.mailed import Upload
from helpdesk.web.access import signed_in


def strip(value: str | None) -> str:
    return value.strip() if value else ""


class KeyForm(FlaskForm):
    """A customer's console key, as staff enter it and as the customer reports it."""

    region = SelectField(_l("Region"), choices=[(region.value, region.value.upper()) for region in Region])
    signing = SelectField(
        _l("Kind of key"),
        choices=[(Signing.basic.value, _l("API key (v1)")), (Signing.token.value, _l("API client with tokens (v3)"))],
        default=Signing.basic.value,
    )
    client_id = StringField(_l("API client ID"), [DataRequired(), Length(max=100)], [strip])
    api_key = PasswordField(_l("API key"), [DataRequired(), Length(max=200)])
    shared = BooleanField(_l("Both customers use this one console"))

    def store(self, by: Actor, customer: Customer) -> None:
        """Raises Refusal for the key of another customer's, unless `shared` is ticked on a page that offers it."""
        set_credential(
            by,
            customer,
            region=Region(self.region.data),
            client_id=self.client_id.data or "",
            api_key=self.api_key.data or "",
            signing=Signing(self.signing.data),
            shared=bool(self.shared.data),
        )


class MailAddress:
    """Validates an address as every door does (addresses.py)."""

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        if not is_address(field.data or ""):
            raise ValidationError(_("This is not a mail address."))


class Files:
    """Validates attachments against the limits every door keeps, and against what one person may bring a day (S7)."""

    def __call__(self, _form: FlaskForm, field: Field) -> None:
        files = uploads(field)
        if refusal := too_much(files):
            raise ValidationError(refusal)
        if files and not may_bring(signed_in().id, [len(file.content) for file in files]):
            words = _("You brought very many files today; these were not kept. Your words are here: send them without.")
            raise ValidationError(words)


def too_much(files: Sequence[Upload], *, there: Sequence[int] = ()) -> str:
    """Why these files, beside those `there` (their sizes), are too many for one message, or nothing."""
    if len(files) + len(there) > FILES_MAX:
        return str(_("At most %(count)s files fit on one message.", count=FILES_MAX))
    if sum(len(file.content) for file in files) + sum(there) > FILES_SIZE_MAX:
        return str(_("The files may have %(limit)s MB together.", limit=FILES_SIZE_MAX // 1024 // 1024))
    return ""


def brought(field: Field) -> list[Upload]:
    """The files of a field that was validated, counted for who brings them."""
    files = uploads(field)
    count_brought(signed_in().id, [len(file.content) for file in files])
    return files


def uploads(field: Field) -> list[Upload]:
    """The files of a multiple file field."""
    return uploads_of([f for f in field.data or [] if isinstance(f, FileStorage)])


def uploads_of(files: Sequence[FileStorage]) -> list[Upload]:
    """Files as they came, without the empty ones that a browser sends for none."""
    return [_upload(file) for file in files if file.filename]


def _upload(file: FileStorage) -> Upload:
    """Read from the start: the field's validator has read it before."""
    file.stream.seek(0)
    return Upload(clean_name(file.filename or "file"), file.read(), file.mimetype or "application/octet-stream")


__all__ = [
    "Files",
    "KeyForm",
    "MailAddress",
    "MultipleFileField",
    "brought",
    "strip",
    "too_much",
    "uploads",
    "uploads_of",
]
