"""Every periodic job in one list, read by RQ's cron (`helpdesk cron`)."""

from collections.abc import Callable

from redis import Redis
from rq.cron import CronScheduler

from helpdesk.accounts.import_runs import CustomerImport, drop_read_tables
from helpdesk.accounts.supervisors import ask_for_closing_days
from helpdesk.actions.asking import remind_and_return
from helpdesk.actions.models import Action
from helpdesk.alerts.completions import Completion, ConsolePoll, restart_mended
from helpdesk.alerts.watching import warn_supervisors
from helpdesk.announcements.models import Announcement
from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import seal_record
from helpdesk.console.models import ConsoleCredential, recheck_old
from helpdesk.contracts.cover import customers_that_left
from helpdesk.desk.bulk import BulkChange
from helpdesk.desk.contract_ends import due_ends, see_to_end
from helpdesk.errands import Errand, one_step
from helpdesk.errands import sweep as sweep_errands
from helpdesk.extensions import MAIL_QUEUE, READING_QUEUE, WORK_QUEUE
from helpdesk.files.dropping import clear_disk
from helpdesk.files.keeping import drop_old_kept_files
from helpdesk.mailgate.jobs import look_again
from helpdesk.manuals.importing import ManualImport
from helpdesk.notices.models import Notice
from helpdesk.privacy.expiring import ask_for_nightly_run
from helpdesk.privacy.models import Amendment, Disclosure, Erasure, RetentionRun
from helpdesk.reports.days import count_last_days
from helpdesk.reports.making import request_reports
from helpdesk.reports.models import MonthlyReport
from helpdesk.reports.month_ends import ConsoleMonthEnd, request_month_ends
from helpdesk.search.finding import index_messages
from helpdesk.tickets.drafts import drop_old_drafts
from helpdesk.tickets.handing_back import after_grants
from helpdesk.tickets.news import collect_mails, drop_old_news, tell_what_is_due
from helpdesk.tickets.sendings import Sending
from helpdesk.tickets.snoozing import wake_due
from helpdesk.tickets.waiting import remind_or_close
from helpdesk.triage.auto_answers import AutoAnswer
from helpdesk.triage.lessons import learn_if_new
from helpdesk.triage.shown_places import drop_old_shown_places

ERRANDS: list[type[Errand]] = [
    Action,
    Notice,
    ConsoleCredential,
    Completion,
    ConsolePoll,
    ManualImport,
    AutoAnswer,
    MonthlyReport,
    ConsoleMonthEnd,
    BulkChange,
    Sending,
    CustomerImport,
    Disclosure,
    Erasure,
    Amendment,
    RetentionRun,
    Announcement,
]


def sweep() -> None:
    """Hand every errand that is due to RQ."""
    sweep_errands(ERRANDS)


def wake() -> None:
    """Take out tickets that were put away until now; see to contracts that end (V5)."""
    with one_step():
        wake_due()
    for contract_id in due_ends():
        with one_step():
            see_to_end(contract_id)


def tell() -> None:
    """Tell agents what is due soon, mail what they want by mail, give back what grants left."""
    with one_step():
        tell_what_is_due()
    with one_step():
        collect_mails()
    with one_step():
        after_grants()


def watch() -> None:
    """Warn of what is about to be missed, remind who was asked, and give back what nobody decided (R12, R20)."""
    with one_step():
        warn_supervisors()
    with one_step():
        remind_and_return()
    with one_step():
        recheck_old(customers_that_left())
    with one_step():
        ask_for_closing_days()
    with one_step():
        restart_mended()


def remind() -> None:
    """Remind customers whose answer inquiries wait for, and complete what nobody answered."""
    with one_step():
        remind_or_close()


def report() -> None:
    """Have consoles read at a month's end, reports made on the first business day of the next, and days counted."""
    with one_step():
        request_month_ends()
    with one_step():
        request_reports()
    with one_step():
        count_last_days()


def index() -> None:
    """Make findable what was read anew or brought in from elsewhere, a batch at a time."""
    with one_step():
        index_messages()


def tidy() -> None:
    """Forget what has outlived its time."""
    with one_step():
        drop_old_drafts()
    with one_step():
        drop_old_shown_places()
    with one_step():
        drop_old_kept_files()
    with one_step():
        drop_read_tables()
    with one_step():
        clear_disk()
    with one_step():
        drop_old_news()
    with one_step():
        ask_for_nightly_run()


def seal() -> None:
    """Seal the record: what is taken out of it afterwards shows (R63)."""
    with one_step():
        seal_record()


def learn() -> None:
    """Learn from what agents decided in the last hour."""
    with one_step():
        learn_if_new(SYSTEM)


PERIODIC: list[tuple[Callable[[], None], int, str]] = [
    (sweep, 3, WORK_QUEUE),
    (look_again, 3, MAIL_QUEUE),
    (index, 10, WORK_QUEUE),
    (wake, 15, WORK_QUEUE),
    (watch, 60, WORK_QUEUE),
    (tell, 300, WORK_QUEUE),
    (remind, 600, WORK_QUEUE),
    (seal, 300, WORK_QUEUE),
    (report, 600, WORK_QUEUE),
    (tidy, 3600, WORK_QUEUE),
    # nobody waits for what is learned
    (learn, 3600, READING_QUEUE),
]
"""(job, seconds between two runs, queue)"""


def scheduler(connection: Redis) -> CronScheduler:
    """RQ's cron with all periodic jobs; they run in the workers. What no worker took before its next run is dropped."""
    cron = CronScheduler(connection=connection, logging_level="WARNING")
    for job, seconds, queue in PERIODIC:
        cron.register(
            job, queue_name=queue, interval=seconds, ttl=2 * seconds, job_timeout=900, result_ttl=0, failure_ttl=3600
        )
    return cron
