"""Demo contracts: a customer in every state that a contract can be in, as of the day of the demo."""

from datetime import date, timedelta

from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.applications import ApplicationWords, LicenceEdition, RefusalGround, apply
from helpdesk.contracts.changes import ask_for_change
from helpdesk.contracts.contract_notices import ContractNoticeKind, NoticeWay, NoticeWords
from helpdesk.contracts.counts import count_licences
from helpdesk.contracts.dates import month_end, month_start
from helpdesk.contracts.filing import file_notice
from helpdesk.contracts.life import start_contract, today
from helpdesk.contracts.models import Contract, Ending, add_contract
from helpdesk.contracts.payments import record_payment
from helpdesk.contracts.suspensions import SuspensionGround
from helpdesk.customers.models import Customer, add_customer
from helpdesk.customers.people import add_contact
from helpdesk.customers.resellers import all_resellers, assign_reseller
from helpdesk.desk.contract_effects import suspend_service
from helpdesk.extensions import db


def seed_contracts() -> None:
    """Applied, refused, about to start, in force with a difference, suspended, going to end, ended."""
    day = today()
    _applied(_customer("ひなた会計 株式会社", "ヒナタカイケイ", "hinata"), day)
    _refused(_customer("白樺メディカル 株式会社", "シラカバメディカル", "shirakaba"), day)
    _starting(_customer("小梅製菓 株式会社", "コウメセイカ", "koume"), day)
    _differing(_customer("株式会社 ナギサ化粧品", "ナギサケショウヒン", "nagisa"), day)
    _suspended(_customer("丸北運輸 株式会社", "マルキタウンユ", "maruhoku"), day)
    _ending(_customer("山吹ロジスティクス 株式会社", "ヤマブキロジスティクス", "yamabuki"), day)
    _ended(_customer("トキワ建材 株式会社", "トキワケンザイ", "tokiwa"), day)
    db.session.flush()


def _customer(name: str, kana: str, domain: str) -> Customer:
    customer = add_customer(SYSTEM, name, kana=kana)
    person = add_contact(SYSTEM, customer, name="総務 担当", email=f"contract@{domain}.example")
    person.set_handles_contract(SYSTEM, handles=True)
    assign_reseller(SYSTEM, customer, next(iter(all_resellers()), None))
    return customer


def _words(domain: str, applied_on: date, clients: int = 100, **more: object) -> ApplicationWords:
    return ApplicationWords(f"プラン {clients}", f"contract@{domain}.example", clients, applied_on, **more)  # type: ignore[arg-type]


def _running(customer: Customer, start: date, clients: int = 100, end: date | None = None) -> Contract:
    return add_contract(
        SYSTEM, customer, plan=f"プラン {clients}", clients=clients, start=start, end=end, applied_on=start
    )


def _applied(customer: Customer, day: date) -> None:
    apply(SYSTEM, customer, _words("hinata", day - timedelta(days=1), 60, wanted_start_on=month_start(day, 1)))


def _refused(customer: Customer, day: date) -> None:
    application = apply(SYSTEM, customer, _words("shirakaba", day - timedelta(days=9), edition=LicenceEdition.premier))
    application.refuse(SYSTEM, RefusalGround.not_eligible, "Premier のため")


def _starting(customer: Customer, day: date) -> None:
    application = apply(SYSTEM, customer, _words("koume", day - timedelta(days=6), 50))
    application.put_off(SYSTEM, day + timedelta(days=7), "設定作業の日程のため")
    start_contract(SYSTEM, application, day + timedelta(days=7))


def _differing(customer: Customer, day: date) -> None:
    contract = _running(customer, month_start(day, -1).replace(day=5), 120)
    contract.licence_until = month_end(day, 10)
    count_licences(SYSTEM, contract, 131, day - timedelta(days=1))
    ask_for_change(SYSTEM, contract, plan="プラン 150", clients=150, requested_on=day)
    record_payment(SYSTEM, customer, month_start(day), 120_000, "10月分")


def _suspended(customer: Customer, day: date) -> None:
    contract = _running(customer, month_start(day, -20))
    suspend_service(SYSTEM, contract, SuspensionGround.unpaid, "10月分のお支払いを確認できないため")


def _ending(customer: Customer, day: date) -> None:
    _running(customer, month_start(day, -18))
    words = NoticeWords(ContractNoticeKind.nonrenewal, "拠点の統合のため", way=NoticeWay.post, from_name="総務 担当")
    file_notice(SYSTEM, customer, words)


def _ended(customer: Customer, day: date) -> None:
    contract = _running(customer, month_start(day, -16), end=month_end(day, -1))
    contract.ending, contract.ending_words = Ending.nonrenewal, "更新解除の申し入れによる終了"
