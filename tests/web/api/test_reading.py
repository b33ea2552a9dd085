"""What a program reads: the same as the pages, as far as its token goes."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.api_scopes import Scope
from exchange.records import AuditEvent
from tests.web.api.caller import Caller, Programs
from tests.web.world import World

PSEUDONYMOUS = (
    Scope.CYCLES_READ,
    Scope.APPLICATIONS_READ,
    Scope.CHECKS_READ,
    Scope.RULES_READ,
    Scope.RUNS_READ,
    Scope.PLACEMENTS_READ,
    Scope.EXPORTS_READ,
)


def _students(caller: Caller, world: World) -> list[str]:
    """The ids of the students of the first cycle."""
    path = f"/cycles/{world.own.cycle}/applications?kind=student"
    return [one["id"] for one in caller.items(path, 50)]


def test_program_reads_its_programme_and_cycles(office: Caller, world: World) -> None:
    (programme,) = office.items("/programmes", 5)
    assert programme["id"] == world.own.programme
    assert programme == office.get(f"/programmes/{world.own.programme}").json
    cycles = office.items("/cycles", 1)
    assert cycles[0]["id"] == world.own.cycle
    assert len(cycles) == 2
    shown = office.get(f"/cycles/{world.own.cycle}").json
    assert shown["counts"]["students"]["approved"] >= 1
    assert {name: shown[name] for name in cycles[0]} == cycles[0]


def test_run_is_told_with_its_results(office: Caller, world: World) -> None:
    run = office.get(f"/runs/{world.own.run}").json
    assert (run["state"], run["progress"]) == ("ready", 1.0)
    assert "status" in run["report"]
    placements = office.items(f"/runs/{world.own.run}/placements", 1)
    (student,) = _students(office, world)
    assert [one["student_id"] for one in placements] == [student]
    assert placements[0]["host_id"] == world.own.host_application
    contacts = office.items(f"/runs/{world.own.run}/contacts", 1)
    assert sum(one["placements"] for one in contacts) == len(placements)
    assert [one["id"] for one in office.items(f"/cycles/{world.own.cycle}/runs", 1)] == [
        world.own.run
    ]
    for name in ("unplaced", "waiting-list"):
        assert isinstance(office.items(f"/runs/{world.own.run}/{name}", 1), list)


def test_rules_are_told_by_version(office: Caller, world: World) -> None:
    versions = office.items(f"/cycles/{world.own.cycle}/rules", 1)
    assert [one["number"] for one in versions] == list(range(1, len(versions) + 1))
    last = office.get(f"/cycles/{world.own.cycle}/rules/{len(versions)}")
    assert last.json == versions[-1]
    assert office.get(f"/cycles/{world.own.cycle}/rules/{len(versions) + 1}").status_code == 404
    assert office.get(f"/cycles/{world.own.cycle}/rules/{10**30}").status_code == 404


def test_names_and_delicate_answers_are_for_tokens_that_say_so(
    program: Programs, world: World
) -> None:
    path = f"/applications/{world.own.application}"
    told = {
        name: program(world.accounts["coordinator"], world.own, Scope.APPLICATIONS_READ, *more)
        for name, more in {
            "ids": (),
            "people": (Scope.PEOPLE_READ,),
            "special": (Scope.SPECIAL_READ,),
        }.items()
    }
    answers = {name: caller.get(path) for name, caller in told.items()}
    assert answers["people"].json["answers"]["family_name"] == world.own.canary
    assert world.own.canary in answers["people"].json["name"]
    for name in ("ids", "special"):
        assert world.own.canary not in answers[name].text
        assert not {"reference", "name"} & answers[name].json.keys()
        assert "birth_on" not in answers[name].json["answers"]
        assert answers[name].json["age_band"] is not None
    assert "gender" in answers["special"].json["answers"]
    for name in ("ids", "people"):
        assert not {"gender", "needs", "letter"} & answers[name].json["answers"].keys()
    assert answers["ids"].json["answers"]["nationalities"]
    listed = f"/cycles/{world.own.cycle}/applications"
    assert world.own.canary in told["people"].get(listed).text
    assert world.own.canary not in told["ids"].get(listed).text


def test_a_look_at_a_person_is_on_record_once_a_day(
    program: Programs, world: World, engine: sa.Engine
) -> None:
    def looks() -> list[str]:
        query = select(AuditEvent.actor).where(
            AuditEvent.action == "application:viewed",
            AuditEvent.subject_id == world.own.application,
        )
        with Session(engine) as session:
            return list(session.exec(query))

    path = f"/applications/{world.own.application}"
    blind = program(world.accounts["coordinator"], world.own, Scope.APPLICATIONS_READ)
    assert blind.get(path).status_code == 200
    assert looks() == []
    seeing = program(
        world.accounts["coordinator"], world.own, Scope.APPLICATIONS_READ, Scope.PEOPLE_READ
    )
    for _ in range(2):
        assert seeing.get(path).status_code == 200
    assert len(looks()) == 1
    assert looks()[0].startswith("token:")


def test_search_looks_in_names_and_so_needs_the_scope(program: Programs, world: World) -> None:
    path = f"/cycles/{world.own.cycle}/applications?search={world.own.canary[:6]}"
    blind = program(world.accounts["coordinator"], world.own, *PSEUDONYMOUS)
    refused = blind.get(path)
    assert (refused.status_code, refused.json["code"]) == (403, "scope")
    assert 'scope="people:read"' in refused.headers["WWW-Authenticate"]
    seeing = program(world.accounts["coordinator"], world.own)
    assert set(_students(seeing, world)) < {one["id"] for one in seeing.items(path, 50)}


@pytest.mark.parametrize("kind", ["student", "host"])
def test_list_is_filtered_as_on_the_desk(office: Caller, world: World, kind: str) -> None:
    path = f"/cycles/{world.own.cycle}/applications"
    everybody = office.items(path, 50)
    some = office.items(f"{path}?kind={kind}&state=approved", 50)
    assert some == [one for one in everybody if one["kind"] == kind and one["state"] == "approved"]
    assert some


def test_files_about_people_need_their_scopes_and_auditors_learn_nobody(
    program: Programs, world: World
) -> None:
    path = f"/cycles/{world.own.cycle}/exports/participants"
    office = program(world.accounts["coordinator"], world.own)
    blind = program(world.accounts["coordinator"], world.own, *PSEUDONYMOUS)
    (student,) = _students(office, world)
    assert world.own.canary in office.get(path).text
    assert student in office.get(path).text
    assert blind.get(path).status_code == 403
    for reader in (office, blind):
        table = reader.get(f"{path}?recipient=auditor&form=programs")
        assert table.status_code == 200
        assert table.mimetype == "text/csv"
        assert world.own.canary not in table.text
        assert student not in table.text
    ids = f"/runs/{world.own.run}/exports/placements"
    assert student in blind.get(ids).text
    partner = office.get(f"{path}?recipient=sending_partner")
    assert partner.json["errors"][0]["pointer"] == "/party"
    assert office.get(f"/cycles/{world.own.cycle}/exports/placements").status_code == 404


def test_blank_filters_filter_nothing(office: Caller, world: World) -> None:
    path = f"/cycles/{world.own.cycle}/applications"
    assert office.get(f"{path}?search=%20").json == office.get(path).json
    blank = office.get(f"/cycles/{world.own.cycle}/exports/participants?party=")
    assert blank.status_code == 200


def test_each_file_is_on_the_audit_trail(office: Caller, world: World, engine: sa.Engine) -> None:
    assert office.get(f"/runs/{world.own.run}/exports/contacts").status_code == 200
    with Session(engine) as session:
        query = select(AuditEvent).where(AuditEvent.action == "export:write")
        event = session.exec(query.order_by(sa.desc("id"))).first()
    assert event is not None
    assert (event.actor.partition(":")[0], event.facts["kind"]) == ("token", "contacts")
