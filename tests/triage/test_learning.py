"""Learning from examples, and from decisions in versions that can be made again (R05)."""

import os
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from helpdesk.audit.models import SYSTEM
from helpdesk.extensions import db
from helpdesk.manuals.index import Section
from helpdesk.manuals.sample import sample_sections
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage import lessons
from helpdesk.triage.apart import train_apart
from helpdesk.triage.commands import triage
from helpdesk.triage.deciding import contest, decide
from helpdesk.triage.defaults import default_rules
from helpdesk.triage.examples import shipped_examples
from helpdesk.triage.knowledge import triage_context
from helpdesk.triage.learning import Example, Learned, Need, digest, groups
from helpdesk.triage.lessons import TriageModel, active_model, learn, learn_if_new, made_again
from helpdesk.triage.training import train
from tests.conftest import Cast
from tests.eval.measuring import taught
from tests.making import an_inquiry
from tests.product import ROOT

SECTIONS = [
    Section("allow", 1, {"ja": "許可リスト"}, {"ja": "許可リストに登録します。"}),
    Section("csv", 2, {"ja": "CSV"}, {"ja": "CSVに出力します。"}),
]
FEW = [
    *(
        Example(text, Need.foreign)
        for text in ("印刷できない", "プリンターの紙詰まり", "プリンタで印刷が遅い", "印刷の色がおかしい")
    ),
    *(
        Example(text, Need.how, "allow")
        for text in ("許可リストに登録したい", "許可リストへの登録の方法", "許可に登録", "許可リスト")
    ),
    *(Example(text, Need.how, "csv") for text in ("CSVに出したい", "CSVへの出し方", "一覧をCSVに", "CSV")),
    *(Example(text, Need.how) for text in ("USBを禁止したい", "USBの制限の方法")),
    *(Example(text, Need.look) for text in ("検知を調べて", "この検知は本物か")),
]


def train_few() -> Learned:
    return train(FEW, [], SECTIONS)


def best(learned: Learned, text: str) -> tuple[str, str]:
    reading = learned.groups.reading(text)
    needs, sections = learned.needs.scores(reading, [0.0] * len(learned.needs.signs)), learned.sections.scores(reading)
    return learned.needs.labels[needs.index(max(needs))], learned.sections.labels[sections.index(max(sections))]


def test_examples_are_found_again_in_other_words() -> None:
    learned = train_few()
    assert best(learned, "プリンタで印刷が出来ません")[0] == "foreign"
    assert best(learned, "ｷｮｶﾘｽﾄじゃなくて許可リストへの登録") == ("how", "allow")
    assert best(learned, "csvへ出す") == ("how", "csv")
    assert learned.groups.knows("プリンタ") and not learned.groups.knows("キリン")


def test_the_same_examples_give_the_same_bytes_and_packing_loses_nothing() -> None:
    packed = train_few().packed()
    assert digest(packed) == digest(train_few().packed())
    again = Learned.unpacked(packed)
    assert again.packed() == packed
    assert best(again, "許可リスト") == ("how", "allow")


def test_training_apart_gives_the_same_and_brings_nothing_into_this_process() -> None:
    assert train_apart(FEW, [], SECTIONS).packed() == train_few().packed()


@pytest.mark.parametrize("entrance", ["helpdesk.commands", "wsgi", "helpdesk.periodic"])
def test_nothing_but_training_loads_the_library(entrance: str) -> None:
    loaded = f"import sys, {entrance}; print(*(sys.modules.keys() & {{'sklearn', 'numpy', 'scipy'}}))"
    settings = {**os.environ, "HELPDESK_DEMO": "1"}
    asked = [sys.executable, "-c", loaded]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=ROOT, env=settings)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_what_ships_was_learned_when_the_package_was_built() -> None:
    begin = time.perf_counter()
    learned = train_apart(shipped_examples(), default_rules(), sample_sections())
    assert time.perf_counter() - begin < 2
    assert learned.sections.labels


def test_what_was_learned_is_small() -> None:
    """A process keeps it whole: its arrays, and the words of the sections that are labels (20 MB at most)."""
    assert len(taught().plain()) < 8_000_000


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
    scores = learned.needs.scores(learned.groups.reading(subject), [0.0] * len(learned.needs.signs))
    by_need = dict(zip(learned.needs.labels, scores, strict=True))
    return by_need.pop("foreign") - max(by_need.values())


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """An eighth of what ships: learning is what is tried, not how well."""
    monkeypatch.setattr(lessons, "shipped_examples", lambda: shipped_examples()[::8])


@pytest.mark.usefixtures("few_examples")
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


@pytest.mark.usefixtures("few_examples")
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
