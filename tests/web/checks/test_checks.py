"""Many checks at once: a table that loses nothing, and a file."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.records import Application, Cycle, ScreeningCheck
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.imports.files import send_file
from tests.web.visitor import Page, Visitor
from tests.web.world import MEMBERS, World, host_profile, sign_up


@pytest.fixture
def homes(engine: sa.Engine, world: World) -> list[str]:
    """Public ids of two households whom nobody has checked, and their cycle's."""
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        first = sign_up(session, cycle, host_profile(name="One", members=MEMBERS), now(), key="one")
        second = sign_up(
            session, cycle, host_profile(name="Two", email="two@example.org"), now(), key="two"
        )
        session.commit()
        return [first.public_id, second.public_id]


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _count(engine: sa.Engine) -> int:
    with open_session(engine, writes=False) as session:
        return len(session.exec(select(ScreeningCheck)).all())


def _shared(**changes: str) -> dict[str, str]:
    today = now().date()
    return {
        "issuer": "Police of Lyon",
        "done_on-day": str(today.day),
        "done_on-month": str(today.month),
        "done_on-year": str(today.year),
        **changes,
    }


def _open(coordinator: Visitor, world: World, kind: str) -> Page:
    cycle = coordinator.get(f"/cycles/{world.own.cycle}")
    links = {a.text(): a.attrs["href"] for a in cycle.tree.all("a") if "href" in a.attrs}
    index = coordinator.get(links["Checks that are due"])
    found = [a.attrs["href"] for a in index.tree.all("a") if a.attrs["href"].endswith(f"/{kind}")]
    return coordinator.get(found[0])


@pytest.mark.usefixtures("homes")
def test_rows_that_are_filled_in_are_noted_and_the_rest_stays_due(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    before = _count(engine)
    page = _open(coordinator, world, "background")
    assert len(page.tree.all("tbody")[0].all("tr")) == 4
    page = coordinator.send(
        _shared(
            **{
                "rows-0-outcome": "pass",
                "rows-0-reference": "B-1",
                "rows-2-outcome": "pending",
                "rows-2-issuer": "Town hall",
            }
        )
    )
    assert page.status == 200
    assert "2 checks were noted." in page.text
    # One that is under way is due all the same.
    assert len(page.tree.all("tbody")[0].all("tr")) == 3
    assert _count(engine) == before + 2
    with open_session(engine, writes=False) as session:
        last = session.exec(select(ScreeningCheck).order_by(ScreeningCheck.id)).all()[-2:]  # type: ignore[arg-type]
    assert [(one.issuer, one.reference) for one in last] == [
        ("Police of Lyon", "B-1"),
        ("Town hall", None),
    ]


@pytest.mark.usefixtures("homes")
def test_every_fault_stands_at_its_row_and_nothing_typed_is_lost(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    before = _count(engine)
    _open(coordinator, world, "background")
    typed = {
        "rows-0-outcome": "pass",
        "rows-0-reference": "B-1",
        "rows-1-reference": "no outcome",
        "rows-2-outcome": "fail",
        "rows-2-expires_on-day": "1",
        "rows-2-expires_on-month": "1",
        "rows-2-expires_on-year": "2020",
    }
    page = coordinator.send(_shared(**typed))
    assert page.status == 422
    assert page.faults == ["Say how the check ended"]
    assert {name: page.values()[name] for name in typed} == typed
    page = coordinator.send({"rows-1-outcome": "pass"})
    assert page.faults == ["The check cannot expire before it was made"]
    assert page.values()["rows-0-reference"] == "B-1"
    assert _count(engine) == before
    page = coordinator.send({"rows-2-expires_on-year": "2050"})
    assert page.faults
    page = coordinator.send({"rows-2-expires_on-year": str(now().year + 1)})
    assert "3 checks were noted." in page.text
    assert _count(engine) == before + 3


@pytest.mark.usefixtures("homes")
def test_table_with_nothing_in_it_says_so(coordinator: Visitor, world: World) -> None:
    _open(coordinator, world, "interview")
    assert coordinator.send(_shared()).faults == ["Enter how at least one check ended"]


def test_kind_that_does_not_exist_is_nowhere(coordinator: Visitor, world: World) -> None:
    assert coordinator.get(f"/cycles/{world.own.cycle}/checks/horoscope").status == 404


def test_file_is_taken_whole_and_only_once(
    coordinator: Visitor, world: World, engine: sa.Engine, homes: list[str]
) -> None:
    before = _count(engine)
    with open_session(engine, writes=False) as session:
        query = select(Application.reference).where(Application.public_id == homes[1])
        reference = session.exec(query).one()
    header = "host_id,kind,person,outcome,issuer,done_on\n"
    day = now().date().isoformat()
    sound = f"{homes[0]},background,1,pass,Police,{day}\n{reference},interview,,pass,Ada,{day}\n"
    page = send_file(
        coordinator,
        world.own.cycle,
        (header + sound + f"X,means,,ok,,{day}\n").encode(),
        page="checks",
    )
    assert page.status == 422
    assert "Line 4, column outcome" in page.text
    assert "Line 4, column issuer" in page.text
    page = send_file(
        coordinator,
        world.own.cycle,
        (header + sound + f"X,means,,pass,Ada,{day}\n").encode(),
        page="checks",
    )
    assert "Line 4, column host_id" in page.text
    assert _count(engine) == before
    for noted in (2, 0):
        page = send_file(coordinator, world.own.cycle, (header + sound).encode(), page="checks")
        assert f"{noted} checks were noted." in page.text
        assert _count(engine) == before + 2


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04zip", b"host_id\nA\n", b"\xff\xfe"])
def test_what_is_no_such_file_is_refused(coordinator: Visitor, world: World, data: bytes) -> None:
    page = send_file(coordinator, world.own.cycle, data, page="checks")
    assert (page.status, len(page.faults)) == (422, 1)
