"""The demo's people, customers and tickets, made by the same verbs that real ones are made by."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User, add_user, user_by_email
from helpdesk.accounts.passwords import password_hash
from helpdesk.accounts.roles import Role
from helpdesk.accounts.subcontractors import add_subcontractor, give
from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import Region, set_credential
from helpdesk.contracts.models import add_contract
from helpdesk.customers.alert_addresses import add_alert_address
from helpdesk.customers.models import Contact, Customer, add_customer
from helpdesk.customers.people import add_contact
from helpdesk.customers.resellers import add_reseller, assign_reseller
from helpdesk.demo.console_state import DEMO_KEYS
from helpdesk.demo.contracts import seed_contracts
from helpdesk.demo.papers import seed_papers
from helpdesk.extensions import db
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, IncomingMail, accept
from helpdesk.manuals.models import Manual, ManualSection
from helpdesk.manuals.sample import sample_manual
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.messages import note
from helpdesk.tickets.opening import Opening

PASSWORD = "demo"  # noqa: S105 - demo mode only; outside it demo accounts keep the product from starting
STAFF = [
    ("dana@desk.example", "田中 健一", Role.agent),
    ("sato@desk.example", "佐藤 美咲", Role.agent),
    ("erin@desk.example", "伊東 沙織", Role.supervisor),
    ("root@desk.example", "管理者", Role.administrator),
]
RESELLER = ("rina@minamo.example", "森下 夏希")
SUBCONTRACTOR = ("nao@hoshi.example", "星野 直")
PEOPLE = [
    (
        "acme",
        "alice@acme.example",
        "小林 由佳",
        "コバヤシ ユカ",
        "情報システム室",
        "03-5550-0101",
        Role.customer_user,
        True,
    ),
    ("acme", "bob@acme.example", "高橋 直人", "タカハシ ナオト", "総務部", "03-5550-0102", Role.customer_admin, False),
    ("acme", "carol@acme.example", "松本 直樹", "マツモト ナオキ", "営業部", "03-5550-0103", Role.customer_user, False),
    (
        "globex",
        "charlie@globex.example",
        "森 大輔",
        "モリ ダイスケ",
        "管理部",
        "03-5550-0201",
        Role.customer_user,
        True,
    ),
]
CUSTOMERS = {"acme": "Acme 白樺メディカル株式会社", "globex": "Globex 東雲印刷株式会社"}
INQUIRIES = [
    (
        "alice@acme.example",
        "半年使っていない端末の探し方と削除について",
        "operating",
        "2点教えてください。しばらく電源を入れていない端末を画面で見つける方法と、一覧から削除した場合にライセンス数が戻るのかを知りたいです。",
    ),
    (
        "bob@acme.example",
        "許可リストへの登録手順を教えてください",
        "operating",
        "自社開発の受注ツールが新しい版になるたびに止められます。許可リストに登録する手順を教えてください。",
    ),
    (
        "carol@acme.example",
        "社内プリンターに印刷できない",
        "defect",
        "今朝からプリンターに印刷できません。ルーターを再起動しても同じでした。",
    ),
    (
        "charlie@globex.example",
        "毎日12時台に端末が重くなります",
        "defect",
        "営業部の3台で、毎日12時台に動作が重くなります。何が動いているか調べていただけますか。",
    ),
    (
        "charlie@globex.example",
        "ダッシュボードの件数の意味",
        "reading",
        "ダッシュボード上段の数字が何を数えているのか、見方を教えてください。",
    ),
]
ALERT_SUBJECT = "[Cisco Secure Endpoint Subscription] [All alerts] Matching Events Found On PC-IJI-014"
ALERT_TEXT = """Hello,

Event Type: Quarantine Failure
Computer: PC-IJI-014
User: matsumoto@ACME
Detection: W32.GenericKD:Demo.1
File name: invoice_2611.exe
File path: C:\\Users\\matsumoto\\Downloads\\invoice_2611.exe
SHA-256: 9f2c4e71a0b83d56c1e7f4092ba86d3510fe7ac94b62d8e3571c90afd08a17b3
Severity: High

Event Type: Threat Quarantined
Computer: PC-UKE-003
File name: invoice_2611.exe
SHA-256: 9f2c4e71a0b83d56c1e7f4092ba86d3510fe7ac94b62d8e3571c90afd08a17b3
Severity: Medium
"""


def seed_demo(say: Callable[[str], None]) -> bool:
    """Load the demo data into an empty installation, in the caller's transaction; False where there is any."""
    if db.session.scalar(select(Customer.id).limit(1)) is not None:
        return False
    say("loading the demo data ...")
    load_manual()
    people = seed_people()
    _seed_tickets(people)
    seed_contracts()
    seed_papers()
    return True


def seed_people() -> dict[str, User]:
    """Customers, contracts, contacts, accounts and credentials; accounts by mail address."""
    password = _demo_hash()
    customers = {key: add_customer(SYSTEM, name) for key, name in CUSTOMERS.items()}
    for key, customer in customers.items():
        since = date(2026, 4, 1)
        add_contract(SYSTEM, customer, plan="プラン 100", clients=100, start=since, applied_on=since)
        add_alert_address(SYSTEM, customer, f"alerts+{key}@desk.example")
        client_id, api_key = DEMO_KEYS[key]
        set_credential(SYSTEM, customer, region=Region.na, client_id=client_id, api_key=api_key)
    accounts: dict[str, User] = {}
    for key, email, name, kana, department, phone, role, instructs in PEOPLE:
        contact = add_contact(
            SYSTEM,
            customers[key],
            name=name,
            email=email,
            kana=kana,
            department=department,
            phone=phone,
            told_of_alerts=instructs,
            may_instruct=instructs,
        )
        accounts[email] = add_user(SYSTEM, email=email, name=name, role=role, contact=contact, demo=True)
    for email, name, role in STAFF:
        accounts[email] = add_user(SYSTEM, email=email, name=name, role=role, demo=True)
    accounts |= _seed_outsiders(customers["acme"])
    for account in accounts.values():
        account.password_hash = password
    db.session.flush()
    return accounts


def _seed_outsiders(customer: Customer) -> dict[str, User]:
    """A reseller's and a subcontractor's person; this customer is theirs."""
    reseller = add_reseller(SYSTEM, "株式会社 ミナモ情報販売")
    assign_reseller(SYSTEM, customer, reseller)
    helper = add_subcontractor(SYSTEM, "ほし運用サポート株式会社", date(2026, 4, 1))
    give(SYSTEM, helper, customer)
    (sells, seller), (helps, agent) = RESELLER, SUBCONTRACTOR
    return {
        sells: add_user(SYSTEM, email=sells, name=seller, role=Role.reseller_user, reseller_id=reseller.id, demo=True),
        helps: add_user(
            SYSTEM, email=helps, name=agent, role=Role.subcontractor, subcontractor_id=helper.id, demo=True
        ),
    }


@lru_cache(maxsize=1)
def _demo_hash() -> str:
    return password_hash(PASSWORD)


def load_manual() -> Manual:
    """The small sample manual that ships with the product."""
    kept = sample_manual()
    sections = kept.pop("sections")
    manual = Manual(**{**kept, "valid_from": date.fromisoformat(kept["valid_from"])})
    manual.published_at, manual.published_by = clock.now(), SYSTEM.name
    db.session.add(manual)
    db.session.flush()
    for position, section in enumerate(sections):
        db.session.add(ManualSection(manual_id=manual.id, position=position, **section))
    db.session.flush()
    return manual


def _seed_tickets(people: dict[str, User]) -> None:
    for email, subject, topic, body in INQUIRIES:
        contact = people[email].contact or Contact()
        receive_inquiry(
            contact.as_actor(),
            Opening(
                kind=TicketKind.inquiry,
                subject=subject,
                body=body,
                channel=Channel.portal,
                customer=contact.customer,
                requester=contact,
                topic=topic,
            ),
        )
    raw = f"From: Cisco <no-reply@amp.cisco.com>\r\nSubject: {ALERT_SUBJECT}\r\n\r\n{ALERT_TEXT}".encode()
    (mail_id,) = accept([Arrival(raw, "no-reply@amp.cisco.com", ["alerts+acme@desk.example"])])
    row = db.session.get_one(IncomingMail, mail_id)
    file_mails([row])
    ticket, agent = row.ticket, user_by_email("dana@desk.example")
    if agent is not None and ticket is not None:
        ticket.assign(SYSTEM, agent)
        note(ticket, agent, "PC-IJI-014 は隔離に失敗しています。実行の有無をこれから確認します。")
