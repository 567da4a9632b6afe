"""Learning from examples, and from decisions in versions that can be made again (R05)."""

from click.testing import CliRunner
from sqlalchemy import func, select

from helpdesk.audit.models import SYSTEM
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket, Verdict
from helpdesk.triage.commands import triage
from helpdesk.triage.deciding import contest, decide
from helpdesk.triage.knowledge import triage_context
from helpdesk.triage.learning import Example, Learned, digest, groups
from helpdesk.triage.lessons import TriageModel, active_model, learn, learn_if_new, made_again
from tests.conftest import Cast
from tests.making import an_inquiry

FEW = [
    Example("印刷できない", Verdict.out_of_scope),
    Example("プリンターの紙詰まり", Verdict.out_of_scope),
    Example("許可リストに登録したい", Verdict.manual_reference, "allow"),
    Example("CSVに出したい", Verdict.manual_reference, "csv"),
]


def best(learned: Learned, text: str) -> tuple[str, str]:
    reading = learned.reading(text)
    verdicts, sections = learned.verdicts.scores(reading), learned.sections.scores(reading)
    return max(verdicts, key=lambda key: verdicts[key]), max(sections, key=lambda key: sections[key])


def test_examples_are_found_again_in_other_words() -> None:
    learned = Learned.trained(FEW)
    assert best(learned, "プリンタで印刷が出来ません")[0] == "out_of_scope"
    assert best(learned, "ｷｮｶﾘｽﾄじゃなくて許可リストへの登録") == ("manual_reference", "allow")
    assert best(learned, "csvへ出す") == ("manual_reference", "csv")


def test_the_same_examples_give_the_same_bytes_and_packing_loses_nothing() -> None:
    packed = Learned.trained(FEW).packed()
    assert digest(packed) == digest(Learned.trained(list(FEW)).packed())
    again = Learned.unpacked(packed)
    assert again.packed() == packed
    assert best(again, "許可リスト") == ("manual_reference", "allow")


def test_width_and_kana_are_one_and_a_long_text_is_cut() -> None:
    assert groups("プリンター") == groups("ﾌﾟﾘﾝﾀ")
    assert sum(groups("あいうえお" * 100_000).values()) < 10_000
    assert groups("") == {}


def decided(cast: Cast, subject: str, verdict: Verdict, why: str = "x") -> Ticket:
    ticket = an_inquiry(cast.contact("alice"), subject)
    decide(ticket, cast.user("dana"), verdict, why, answer="ご案内します。")
    db.session.commit()
    return ticket


def chance(subject: str) -> float:
    learned = triage_context().known.learned
    scores = learned.verdicts.scores(learned.reading(subject))
    return scores["out_of_scope"] - max(scores["in_scope"], scores["manual_reference"])


def test_decisions_teach_and_versions_can_be_made_again_and_taken_back(cast: Cast) -> None:
    first = active_model()
    assert first is not None and first.decisions == 0 and first.examples > 1000
    assert learn_if_new(SYSTEM) is None
    before = chance("ベイツ試薬の在庫")
    for number in range(3):
        decided(cast, f"ベイツ試薬の在庫 {number}", Verdict.out_of_scope)
    second = learn_if_new(SYSTEM)
    db.session.commit()
    assert second is not None and (second.decisions, second.active) == (3, True)
    assert chance("ベイツ試薬の在庫") > before + 1
    assert triage_context().model_id == second.id
    assert made_again(second) == second.digest != first.digest
    decided(cast, "別の件", Verdict.in_scope)
    assert made_again(second) == second.digest
    first.activate(SYSTEM)
    db.session.commit()
    assert chance("ベイツ試薬の在庫") == before
    assert db.session.scalar(select(func.count()).where(TriageModel.active)) == 1


def test_contested_and_automatic_answers_teach_nothing(cast: Cast) -> None:
    ticket = decided(cast, "ベイツ試薬の在庫", Verdict.out_of_scope)
    contest(ticket, cast.user("alice").actor(), "")
    by_itself = an_inquiry(cast.contact("alice"), "ひとりでに")
    decide(by_itself, None, Verdict.in_scope, "")
    db.session.commit()
    assert learn(SYSTEM).decisions == 0
    decide(ticket, cast.user("dana"), Verdict.in_scope, "確認が必要")
    db.session.commit()
    assert learn(SYSTEM).decisions == 1


def test_the_command_line_learns_lists_and_takes_back(cast: Cast) -> None:
    run = CliRunner()
    first = active_model()
    assert first is not None
    assert run.invoke(triage, ["learn"]).output.startswith("nothing new:")
    decided(cast, "ベイツ試薬の在庫", Verdict.out_of_scope)
    assert "1 decisions" in run.invoke(triage, ["learn"]).output
    listed = run.invoke(triage, ["versions", "--use", str(first.id)]).output
    assert f"* {first.id}:" in listed
    assert run.invoke(triage, ["versions", "--check", str(first.id)]).exit_code == 0
    assert run.invoke(triage, ["versions", "--use", "999999"]).exit_code == 1
