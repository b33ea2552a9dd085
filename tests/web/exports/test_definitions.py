"""Files that are defined once: defined, downloaded and removed on pages."""

import csv
import io

from tests.web.conftest import Enter
from tests.web.world import World


def test_file_for_a_partner_is_defined_downloaded_and_removed(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    path = f"/cycles/{world.own.cycle}/exports"
    assert "Canary-Own file" in coordinator.get(path).text
    values = {
        "name": "For the auditor",
        "kind": "participants",
        "recipient": "auditor",
        "granted": ["gender"],
        "file_form": "programs",
        "schedule": "never",
    }
    coordinator.get(f"{path}/new")
    refused = coordinator.post(f"{path}/new", values)
    assert refused.status == 422
    assert refused.faults == ["Say why this recipient needs these columns"]
    kept = [one.attrs["value"] for one in refused.tree.all("input") if "checked" in one.attrs]
    assert {"auditor", "gender", "programs", "never"} <= set(kept)
    page = coordinator.post(f"{path}/new", values | {"reason": "Equal chances"})
    assert page.path == path
    assert "For the auditor" in page.text
    fetch = next(
        form.attrs["action"]
        for card in page.tree.all("section")
        if "For the auditor" in card.text()
        for form in card.all("form")
    )
    answer = coordinator.client.post(
        fetch, data={"csrf_token": coordinator.csrf}, base_url="http://127.0.0.1:8000"
    )
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert answer.status_code == 200
    assert world.own.canary not in answer.get_data(as_text=True)
    assert len(rows) == 1
    assert "gender" in rows[0]
    assert "For" not in answer.headers["Content-Disposition"]
    gone = coordinator.post(f"{fetch}/remove", {})
    assert "For the auditor" not in gone.text


def test_cycle_without_a_run_has_files_too(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    path = f"/cycles/{world.own.cycle}/exports"
    coordinator.get(path)
    answer = coordinator.client.post(
        f"{path}/participants",
        data={"csrf_token": coordinator.csrf, "form": "json"},
        base_url="http://127.0.0.1:8000",
    )
    assert answer.content_type == "application/json"
    assert [row["family_name"] for row in answer.get_json()] == [world.own.canary]
