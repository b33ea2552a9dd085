"""The rules of a cycle on pages: read, changed, taken from a file, brought back."""

import io

import sqlalchemy as sa
from flask import Flask
from sqlmodel import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from exchange.domain.rule_packs import RULE_PACKS, PackName
from exchange.domain.rules import Rules
from exchange.exports.rules_toml import rules_toml
from exchange.records import Application, Cycle
from exchange.records.session import open_session
from exchange.services.rule_versions import rules_of
from exchange.web.rules.words import NUMBERS, PACK_RULES
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.visitor import Page, Visitor
from tests.web.world import World


def _cycle(engine: sa.Engine, world: World) -> Cycle:
    with open_session(engine, writes=False) as session:
        return session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()


def _rules(engine: sa.Engine, world: World) -> Rules:
    return rules_of(_cycle(engine, world).rules)


def _coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _upload(visitor: Visitor, world: World, content: bytes, **values: str) -> Page:
    path = f"/cycles/{world.own.cycle}/rules/upload"
    form = visitor.get(path).values().to_dict() | values
    form["file"] = FileStorage(io.BytesIO(content), filename="RULES.toml")
    boundary, body = encode_multipart(form)
    return visitor.post_body(path, body, f"multipart/form-data; boundary={boundary}")


def test_rules_changed_on_the_page_are_the_next_version(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = _coordinator(enter, world)
    path = f"/cycles/{world.own.cycle}/rules"
    with open_session(engine, writes=False) as session:
        rows = session.exec(select(Application)).all()
        student = next(one for one in rows if one.id == world.own.application_id)
        host = next(one for one in rows if one.public_id == world.own.host_application)
    coordinator.get(f"{path}/edit")
    page = coordinator.send(
        {
            "epsilon": "0,1",
            "term_age": "2.5",
            "working_languages": "en, pt-BR",
            "max_same_nation_per_host": "٢",
            "isolation_guard": "yes",
            "group_min": "North: 1\nSouth: 2",
            "forbids": f"{student.reference} {host.reference}",
            "reason": "Agreed on Monday",
        }
    )
    assert page.heading == "Rules of the match"
    assert "Version 2" in page.text
    assert "Agreed on Monday" in page.text
    assert _rules(engine, world) == Rules(
        epsilon=0.1,
        term_weights={"age": 2.5},
        working_languages=("en", "pt-BR"),
        max_same_nation_per_host=2,
        isolation_guard=True,
        group_min={"North": 1, "South": 2},
        forbids=((student.public_id, host.public_id),),
    )
    again = coordinator.get(f"{path}/edit").values()
    assert again["forbids"] == f"{student.reference} {host.reference}"
    assert again["group_min"].splitlines() == ["North: 1", "South: 2"]
    history = coordinator.get(f"{path}/versions")
    assert "Agreed on Monday" in history.text
    assert "Diversity that may be given up for fit 0.02 0.1" in history.text
    with statements(app) as sent:
        coordinator.get(path)
    assert len(sent) <= MOST


def test_every_fault_is_told_at_once_and_all_typed_input_kept(enter: Enter, world: World) -> None:
    coordinator = _coordinator(enter, world)
    typed = {
        "epsilon": "7",
        "term_age": "-1",
        "working_languages": "english!",
        "max_same_nation_per_host": "none",
        "group_min": "North 4\nSouth: x",
        "pins": "only-one\nnobody nobody-else",
        "max_changes": "-3",
        "reason": "",
    }
    coordinator.get(f"/cycles/{world.own.cycle}/rules/edit")
    page = coordinator.send(typed)
    assert page.status == 422
    assert len(page.faults) == len(typed)
    said = " ".join(page.faults)
    assert "Line 1: Write a name, a colon and a number" in said
    assert "Line 2: Enter a whole number" in said
    for name, value in typed.items():
        assert page.values()[name].splitlines() == value.splitlines(), name
    coordinator.get(f"/cycles/{world.own.cycle}/rules/edit")
    unknown = coordinator.send({"pins": "nobody nobody-else", "reason": "Why not"})
    assert unknown.faults == ["2 references are nobody’s in this cycle. Check them."]


def test_rules_that_somebody_else_changed_meanwhile_are_not_overwritten(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    mine, theirs = _coordinator(enter, world), _coordinator(enter, world)
    path = f"/cycles/{world.own.cycle}/rules/edit"
    mine.get(path)
    theirs.get(path)
    theirs.send({"epsilon": "0.5", "reason": "First"})
    page = mine.send({"epsilon": "0.4", "reason": "Second"})
    assert page.status == 422
    assert "Somebody else has changed the rules" in page.faults[0]
    assert page.values()["epsilon"] == "0.4"
    assert _rules(engine, world).epsilon == 0.5


def test_file_that_was_downloaded_says_that_nothing_differs(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = _coordinator(enter, world)
    response = coordinator.client.get(
        f"/cycles/{world.own.cycle}/rules/file", base_url="http://127.0.0.1:8000"
    )
    content = response.get_data()
    assert content == rules_toml(_rules(engine, world))
    same = _upload(coordinator, world, content, reason="Same")
    assert same.faults == ["Nothing differs from the rules in force."]
    other = _upload(coordinator, world, content + b'"DE-FR" = 0.5\n', reason="Other")
    assert other.status == 422  # A pair of nations among the terms is none.
    taken = _upload(
        coordinator, world, content + b'\n[pair_weights]\n"FR-DE" = 0.5\n', reason="Other"
    )
    assert taken.heading == "Rules of the match"
    assert _rules(engine, world) == Rules(pair_weights={("DE", "FR"): 0.5})


def test_file_with_faults_tells_all_of_them(enter: Enter, world: World, engine: sa.Engine) -> None:
    coordinator = _coordinator(enter, world)
    page = _upload(coordinator, world, b"epsilon = 3\nmin_quality = 'x'\nodd = 1\n", reason="")
    assert page.status == 422
    said = " ".join(page.faults)
    for fault in ("epsilon", "min_quality", "odd", "Say why the rules change"):
        assert fault in said
    nobody = _upload(coordinator, world, b'pins = [["a", "b"]]\n', reason="Pins")
    assert nobody.faults == ["2 ids in it are nobody’s in this cycle. Check them."]
    assert _rules(engine, world) == Rules()


def test_earlier_version_comes_back_as_a_new_one(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = _coordinator(enter, world)
    path = f"/cycles/{world.own.cycle}/rules"
    coordinator.get(f"{path}/edit")
    coordinator.send({"epsilon": "0.3", "reason": "A try"})
    page = coordinator.get(f"{path}/versions/1")
    assert "Diversity that may be given up for fit 0.3 0.02" in page.text
    assert coordinator.send({"reason": ""}).status == 422
    coordinator.get(f"{path}/versions/1")
    assert "Version 3" in coordinator.send({"reason": "It was better before"}).text
    assert _rules(engine, world) == Rules()
    assert coordinator.get(f"{path}/versions/9").status == 404


def test_placements_of_an_earlier_run_are_kept_by_choice(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = _coordinator(enter, world)
    coordinator.get(f"/cycles/{world.own.cycle}/rules/edit")
    page = coordinator.send({"previous": world.own.run, "max_changes": "0", "reason": "Gently"})
    assert "1 placement" in page.text
    ((_student, host),) = _rules(engine, world).previous
    assert host == world.own.host_application


def test_rule_pack_is_chosen_with_a_reason_and_shown_with_its_citations(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = _coordinator(enter, world)
    path = f"/cycles/{world.own.cycle}/rules/pack"
    page = coordinator.get(path)
    for words in ("22 CFR 62.25(j)(9)", "Blocks", "Needs a second approval", "Warns"):
        assert words in page.text
    assert coordinator.send({"reason": "No change"}).status == 422
    coordinator.get(path)
    page = coordinator.send({"pack": "us_j1", "reason": "Pupils to the States"})
    assert "Rule pack: United States: J-1 secondary school students" in page.text
    assert _cycle(engine, world).rule_pack is PackName.US_J1


def test_reviewer_reads_the_rules_and_is_offered_no_change(enter: Enter, world: World) -> None:
    reviewer = enter(account_id=world.accounts["reviewer"])
    page = reviewer.get(f"/cycles/{world.own.cycle}/rules")
    assert page.status == 200
    assert "Change the rules" not in page.text
    assert reviewer.get(f"/cycles/{world.own.cycle}/rules/edit").status == 403


def test_every_rule_of_every_pack_has_words_for_itself_and_its_numbers() -> None:
    for pack in RULE_PACKS.values():
        for rule in pack.rules:
            assert rule.id in PACK_RULES
            assert rule.numbers.keys() <= NUMBERS.keys()
