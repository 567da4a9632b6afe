"""`helpdesk contract ...`: contracts from the command line."""

import json
import sys

import click
from flask.cli import AppGroup

from helpdesk.contracts.date_lines import CLOSED_MAX, Closing, answer_line, hours_with, read_closing


@click.group(cls=AppGroup)
def contract() -> None:
    """Dates of contracts."""


def _closings(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> list[Closing]:
    try:
        closings = [read_closing(words) for words in given]
        hours_with(closings)
    except ValueError as error:
        raise click.BadParameter(
            f"Write the days of every year such as 12-29..01-03, at most {CLOSED_MAX} of them."
        ) from error
    return closings


@contract.command("dates", with_appcontext=False)
@click.option("--closing", multiple=True, callback=_closings, help="Closing days of every year: 12-29..01-03.")
def count_dates(closing: list[Closing]) -> None:
    """Read contracts as JSON lines from standard input; print their dates with explanations, a line for each.

    Needs neither settings nor a database. A line that cannot be read gives {"error", "line"}; the others go on.
    """
    hours = hours_with(closing)
    for number, line in enumerate(sys.stdin.buffer, 1):
        if line.strip():
            click.echo(json.dumps(answer_line(line, number, hours), ensure_ascii=False))
