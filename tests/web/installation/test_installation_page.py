"""Two administrators make a third on the page of the installation."""

import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.records import Account, SecondFactor
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.world import World


def test_administrator_is_proposed_confirmed_and_let_go(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        second = accounts.create_account(
            session,
            SYSTEM,
            email="second@example.org",
            display_name="Second",
            password=None,
            is_administrator=True,
            at=now(),
        )
        coordinator = session.get_one(Account, world.accounts["coordinator"])
        secret = SecondFactor(
            account_id=coordinator.id, salt="x", confirmed_at=now(), created_at=now()
        )
        session.add(secret)
        session.commit()
        second_id, email = second.id, coordinator.email
    root = enter(account_id=world.accounts["administrator"], stepped_up=True)
    page = root.get("/programmes")
    assert "/installation" in [a.attrs["href"] for a in page.tree.all("a")]
    page = root.get("/installation")
    assert "Canary-Own programme" in page.text
    path = f"/installation/administrators/{_public_id(engine, world.accounts['coordinator'])}"
    page = root.post("/installation", {"email": "nobody@example.org"})
    assert (page.status, page.faults) == (
        422,
        ["Nobody who can sign in has this address. Invite them first"],
    )
    page = root.post("/installation", {"email": email})
    assert "Waits for a second person" in page.text
    assert root.post(f"{path}/confirm").status == 403
    other = enter(account_id=second_id, stepped_up=True)
    page = other.get("/installation")
    assert "Confirm" in page.text
    page = other.post(f"{path}/confirm")
    assert (page.path, page.status) == ("/installation", 200)
    assert "Waits for a second person" not in page.text
    assert email in page.text
    made = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    assert made.get("/installation").status == 200
    assert other.post(f"{path}/take").path == "/installation"
    assert made.get("/installation").status == 403


def _public_id(engine: sa.Engine, account_id: int) -> str:
    with open_session(engine) as session:
        return session.exec(select(Account.public_id).where(Account.id == account_id)).one()
