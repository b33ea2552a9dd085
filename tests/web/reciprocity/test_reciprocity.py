"""The ledger as a page and as a file."""

import sqlalchemy as sa

from tests.web.conftest import Enter
from tests.web.visitor import HOST
from tests.web.world import World


def test_ledger_is_shown_and_downloaded(enter: Enter, world: World, engine: sa.Engine) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/programmes/{world.own.programme}/reciprocity"
    assert "No placement has been confirmed yet" in coordinator.get(path).text
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE placement SET state = 'confirmed'"))
    page = coordinator.get(path)
    assert f"{world.own.canary} cycle" in page.text
    assert world.other.canary not in page.text
    answer = coordinator.client.post(
        path, data={"csrf_token": coordinator.csrf}, base_url=HOST, buffered=True
    )
    assert answer.status_code == 200
    assert "nation_a" in answer.get_data(as_text=True)
    assert coordinator.get("/cycles").tree.all("a", href=path)
