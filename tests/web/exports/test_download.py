"""Downloads: right type, a name that tells nothing, guarded or exact, and on the record."""

import csv
import io

import python_calamine
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.exports import KINDS
from exchange.records import AuditEvent
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.world import World


def test_every_export_downloads_in_every_form_and_is_on_the_record(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    page = coordinator.get(f"/runs/{world.own.run}/exports")
    assert page.text.count("XLSX") == len(KINDS)
    for kind in KINDS:
        for form in ("spreadsheets", "programs", "xlsx"):
            response = coordinator.post(
                f"/runs/{world.own.run}/exports/{kind}", {"form": form}
            ).response
            assert response.status_code == 200
            name = response.headers["Content-Disposition"]
            assert name.startswith(f'attachment; filename="{kind}-{world.own.run[:8]}')
            assert world.own.canary not in name
            data = response.get_data()
            if form == "xlsx":
                rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
                header = rows.to_python()[0]
            else:
                assert data.startswith(b"\xef\xbb\xbf") is (form == "spreadsheets")
                header = next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
            assert len(header) >= 2
    with open_session(engine, writes=False) as session:
        events = session.exec(
            select(AuditEvent).where(col(AuditEvent.action) == "export:write")
        ).all()
    assert len(events) == 3 * len(KINDS)
    assert not any(world.own.canary in str(event.facts) for event in events)


def test_unknown_export_or_form_is_not_found(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/runs/{world.own.run}/exports"
    assert coordinator.post(f"{path}/placements", {"form": "exe"}).status == 404
    assert coordinator.post(f"{path}/passwords", {"form": "programs"}).status == 404
    assert coordinator.post(f"{path}/placements", {"form": "programs"}).status == 200
