"""What a local coordinator and a partner find on pages, and what no page of theirs shows."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind
from exchange.domain.recipients import FILES, Recipient
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission, Role
from exchange.exports import KINDS
from exchange.exports.files import FORMS
from exchange.records import Account, Application, AuditEvent, Caseload, Cycle, Host, Offer, Student
from exchange.records.session import open_session
from exchange.web import guards
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.statements import MOST, statements
from tests.web.test_permissions import arguments, of_blueprint
from tests.web.visitor import HOST, Visitor
from tests.web.world import World, partner_of, sign_up, student_profile

SPECIAL = "Unspeakable"
"""Stands wherever somebody of the world wrote what a narrow role does not read."""
NARROW = {"local_coordinator": Role.LOCAL_COORDINATOR, "partner": Role.PARTNER}


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world with offers, in which everybody has told of everything special."""
    world = add_offers(engine, world)
    with open_session(engine) as session:
        for student in session.exec(select(Student)):
            student.emergency_contact = student.letter = f"{SPECIAL} letter"
        for host in session.exec(select(Host)):
            host.address, host.phone, host.about = "Harbour Row 7", "+30 555 0100", "Blue door"
            host.motivation = host.insurer = host.reference_1_name = f"{SPECIAL} motive"
        session.commit()
    return world


def _cycle_of_offers(session: Session, world: World) -> Cycle:
    offer = session.exec(select(Offer).where(Offer.public_id == world.own.offer)).one()
    return session.get_one(Cycle, offer.cycle_id)


@pytest.fixture
def cycle(world: World, engine: sa.Engine) -> str:
    """The cycle with offers, by public id."""
    with open_session(engine) as session:
        return _cycle_of_offers(session, world).public_id


def _placed(world: World, engine: sa.Engine) -> tuple[str, str]:
    """The student in the caseload and the host whom a place joins with them."""
    with open_session(engine) as session:
        ids = (world.own.placed_id, world.own.placed_host_id)
        student, host = (session.get_one(Application, one).public_id for one in ids)
    return student, host


def _links(visitor: Visitor) -> list[str]:
    assert visitor.page is not None
    mains = visitor.page.tree.all("main")[0]
    return [one.attrs["href"] for one in mains.all("a") if one.attrs["href"].startswith("/")]


@pytest.mark.parametrize("who", NARROW)
def test_every_link_on_the_way_to_ones_students_opens(
    enter: Enter, world: World, cycle: str, who: str
) -> None:
    visitor = enter(account_id=world.accounts[who], stepped_up=True)
    waiting, seen = ["/cycles"], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        page = visitor.get(path)
        assert page.status == 200, path
        found = {one.split("#")[0] for one in _links(visitor)}
        waiting += [one for one in found - seen - set(waiting) if "/handbook" not in one]
    assert f"/cycles/{cycle}/students" in seen
    summaries = [one for one in seen if one.endswith("/summary")]
    assert len(summaries) == (3 if who == "local_coordinator" else 2)
    assert any("/contacts" in one for one in seen) == (who == "local_coordinator")
    assert any("/own-files" in one for one in seen) == (who == "partner")


def test_local_coordinator_reads_student_and_host_without_what_is_special(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    visitor = enter(account_id=world.accounts["local_coordinator"])
    student, host = _placed(world, engine)
    page = visitor.get(f"/applications/{student}/summary")
    assert "Canary-Own" in page.text
    assert "salma@example.org" in page.text
    assert "29 February 2004" in page.text
    assert "Not shown here" in page.text
    page = visitor.get(f"/applications/{host}/summary")
    assert "Harbour Row 7" in page.text
    assert "+30 555 0100" in page.text
    assert SPECIAL not in page.text
    # Whoever it is about can see that somebody has looked, and in which role.
    own = enter(application_id=world.own.placed_id).get("/application/data/seen")
    assert "The local coordinator who looks after you or your guest" in own.text


def test_partner_reads_a_band_of_age_and_the_town_and_nothing_of_the_home(
    enter: Enter, world: World, engine: sa.Engine, cycle: str
) -> None:
    visitor = enter(account_id=world.accounts["partner"])
    student, host = _placed(world, engine)
    page = visitor.get(f"/applications/{student}/summary")
    assert "18 or older when the stay begins" in page.text
    assert "Lyon" in page.text and "France" in page.text
    for hidden in ("29 February 2004", "salma@example.org", "Harbour Row", "555", "Blue door"):
        assert hidden not in page.text
    assert visitor.get(f"/applications/{host}/summary").status == 404
    page = visitor.get(f"/cycles/{cycle}")
    assert page.tree.all("h2")[0].text() == "Your students"
    assert "Hosts" not in page.text


@pytest.mark.parametrize("who", NARROW)
def test_those_who_are_not_ones_own_are_told_like_missing_ones(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    visitor = enter(account_id=world.accounts[who], stepped_up=True)
    mine = set(_placed(world, engine)) | {world.own.application}
    with open_session(engine) as session:
        everybody = set(session.exec(select(Application.public_id)))
    nothing = visitor.get(f"/applications/{'0' * 32}/summary")
    assert nothing.status == 404
    answers = {visitor.get(f"/applications/{one}/summary").text for one in everybody - mine}
    assert answers == {nothing.text}
    assert len(everybody - mine) > 10


@pytest.mark.parametrize("who", NARROW)
def test_no_page_and_no_file_shows_anybody_elses_people_or_what_is_special(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, cycle: str, who: str
) -> None:
    hidden = {SPECIAL, "third@example.org", "Third Canary-Own", "Second Canary-Own", "sal@example"}
    if who == "partner":
        hidden |= {"Harbour Row", "+30 555", "lea@example.org", "salma@example.org", "Blue door"}
    visitor = enter(account_id=world.accounts[who], stepped_up=True)
    told = dict(_everything(app, visitor, world, NARROW[who], cycle))
    for place, text in told.items():
        assert not [one for one in hidden if one in text], place
    assert sum("Canary-Own" in text for text in told.values()) >= 5
    # All of it is there to be seen by whoever may see it.
    office = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    shown = " ".join(text for _place, text in _everything(app, office, world, None, cycle))
    assert [one for one in hidden if one not in shown] == []


def _everything(
    app: Flask, visitor: Visitor, world: World, role: Role | None, cycle: str
) -> list[tuple[str, str]]:
    """Every page of both cycles with people of one's own, every search, and every file."""
    found = []
    with open_session(app.extensions["exchange.engine"]) as session:
        people = list(session.exec(select(Application.public_id)))
    wanted = PROGRAMME_PERMISSIONS[role or Role.COORDINATOR] | {Permission.SIGNED_IN}
    for rule in app.url_map.iter_rules():
        named = rule.arguments & {"application_id"}
        if guards.permission_of(app, rule.endpoint) not in wanted or "GET" not in rule.methods:
            continue
        if role is None and rule.endpoint != "cycles.application":
            continue  # Enough to see that all of it is there.
        values = arguments(world.own) | of_blueprint(rule.endpoint.split(".")[0], world.own)
        for one in people if named else [world.own.application]:
            for among in (cycle, world.own.cycle):
                given = values | {"application_id": one, "cycle_id": among}
                path = app.url_map.bind("127.0.0.1").build(
                    rule.endpoint, {name: given[name] for name in rule.arguments}, method="GET"
                )
                if path not in dict(found):
                    found.append((path, visitor.get(path).response.get_data(as_text=True)))
    for search in ("third", "Idrissi", "lea", "%"):
        path = f"/cycles/{cycle}/students?search={search}"
        found.append((path, visitor.get(path).response.get_data(as_text=True)))
    at = "exports" if role is None else "own-files"
    for kind in KINDS:
        path = f"/cycles/{cycle}/{at}/{kind}"
        answer = visitor.client.post(
            path,
            data={"csrf_token": visitor.csrf, "form": "json"},
            base_url=HOST,
            buffered=True,
        )
        found.append((path, answer.get_data(as_text=True)))
    return found


def test_partner_downloads_their_files_and_no_other(
    enter: Enter, world: World, engine: sa.Engine, cycle: str
) -> None:
    visitor = enter(account_id=world.accounts["partner"], stepped_up=True)
    student, _host = _placed(world, engine)
    offered = visitor.get(f"/cycles/{cycle}/own-files").text
    assert "There will be one when the match is published" not in offered
    for kind in KINDS:
        for form in FORMS:
            answer = visitor.client.post(
                f"/cycles/{cycle}/own-files/{kind}",
                data={"csrf_token": visitor.csrf, "form": form},
                base_url=HOST,
                buffered=True,
            )
            is_theirs = kind in FILES[Recipient.SENDING_PARTNER]
            assert answer.status_code == (200 if is_theirs else 404), kind
            if form == "programs" and kind == "placements":
                lines = answer.get_data(as_text=True).splitlines()
                assert [student in line for line in lines] == [False, True]
    with open_session(engine) as session:
        account = f"account:{world.accounts['partner']}"
        noted = session.exec(
            select(AuditEvent.facts).where(
                AuditEvent.actor == account, AuditEvent.action == "export:write"
            )
        ).all()
    assert len(noted) == len(FORMS) * len(FILES[Recipient.SENDING_PARTNER])
    assert {one["recipient"] for one in noted} == {"sending_partner"}
    without_code = enter(account_id=world.accounts["partner"])
    page = without_code.post(f"/cycles/{cycle}/own-files/participants", {"form": "programs"})
    assert page.path.startswith("/account/")


def test_coordinator_gives_several_students_to_a_colleague(
    enter: Enter, world: World, engine: sa.Engine, cycle: str
) -> None:
    visitor = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{cycle}/students"
    with open_session(engine) as session:
        local = session.get_one(Account, world.accounts["local_coordinator"]).public_id
        of_cycle = _cycle_of_offers(session, world).id
        students = session.exec(
            select(Application.id, Application.public_id).where(
                Application.cycle_id == of_cycle, Application.kind == ApplicationKind.STUDENT
            )
        ).all()
    page = visitor.get(path)
    assert page.heading == "Students and how far they are"
    assert "Sent by: School-Own" in page.text
    page = visitor.post(path, {"account": local})
    assert (page.status, page.faults) == (422, ["Tick the students first"])
    ids = [public_id for _row, public_id in students]
    page = visitor.post(path, {"account": "0" * 32, "application": ids})
    assert page.status == 422
    assert len([one for one in page.tree.all("input") if "checked" in one.attrs]) == len(ids)
    page = visitor.post(f"{path}?looked_after=nobody", {"account": local, "application": ids})
    assert page.status == 200
    assert "0 students" in page.text
    with open_session(engine) as session:
        rows = [row for row, _public_id in students]
        given = session.exec(
            select(Caseload.account_id).where(col(Caseload.application_id).in_(rows))
        ).all()
        events = session.exec(
            select(AuditEvent).where(
                AuditEvent.action == "application:assign",
                AuditEvent.actor == f"account:{world.accounts['coordinator']}",
            )
        ).all()
    assert given == [world.accounts["local_coordinator"]] * len(ids)
    assert sorted(one.subject_id for one in events) == sorted(ids)
    mine = enter(account_id=world.accounts["local_coordinator"]).get(path)
    assert f"{len(ids)} students" in mine.text
    visitor.get(f"{path}?looked_after={local}")
    page = visitor.post(path, {"account": "", "application": ids[:1]})
    assert f"{len(ids) - 1} students" in visitor.get(f"{path}?looked_after={local}").text


@pytest.mark.parametrize("who", ["coordinator", *NARROW])
def test_list_and_page_send_few_statements_however_many_students_there_are(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, cycle: str, who: str
) -> None:
    visitor = enter(account_id=world.accounts[who])
    student, _host = _placed(world, engine)
    paths = [f"/cycles/{cycle}/students", f"/applications/{student}/summary", "/cycles"]
    visitor.get(paths[1])

    def counted() -> list[int]:
        found = []
        for path in paths:
            with statements(app) as sent:
                assert visitor.get(path).status == 200
            found.append(len(sent))
        return found

    few = counted()
    _add_students(engine, world)
    assert counted() == few
    assert max(few) <= MOST
    total = {"coordinator": 64, "local_coordinator": 61, "partner": 61}[who]
    assert f"{total} students" in visitor.get(paths[0]).text
    first, second = (visitor.get(f"{paths[0]}?page={n}").tree.all("tr") for n in (1, 2))
    assert (len(first), len(second)) == (51, total - 50 + 1)


def _add_students(engine: sa.Engine, world: World) -> None:
    with open_session(engine) as session:
        cycle = _cycle_of_offers(session, world)
        for number in range(60):
            profile = student_profile(
                email=f"crowd{number}@example.org", partner=partner_of("Canary-Own")
            )
            one = sign_up(session, cycle, profile, now(), key=f"crowd {number}")
            account_id = world.accounts["local_coordinator"]
            row: Any = Caseload(application_id=one.id, account_id=account_id, created_at=now())
            session.add(row)
        session.commit()
