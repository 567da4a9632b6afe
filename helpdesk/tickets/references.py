"""Numbers of tickets."""

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.extensions import Model


class ReferenceCounter(Model):
    """The last number given in a month of the service's zone, such as 2611."""

    __tablename__ = "reference_counters"

    month: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]
