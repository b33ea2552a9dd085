"""A coordinator imports a file in a real browser: what is wrong, columns, and the same again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import PATIENCE_MS, Inspector, Service
from tests.journeys.test_sign_up_to_export import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SOUND = "الرقم;الجنسية;الاسم الأول;اللغات;ملاحظة\nA-1;MA;سلمى;ar|fr:C1;=1+1\nA-2;RU;Анна;ru;\n"
FAULTY = SOUND.replace("RU", "Россия").replace("ru;", "русский;")


def test_coordinator_imports_a_file(inspector: Inspector, service: Service, tmp_path: Path) -> None:
    page = inspector.page
    sign_in(inspector, service)
    inspector.follow("Import a file")
    inspector.look("Import a file")
    inspector.press("Continue")
    see_refusal(inspector, "Import a file")

    send(inspector, tmp_path, FAULTY)
    inspector.look("What is in each column?")
    expect(page.get_by_label("الاسم الأول")).to_have_value("given_name", timeout=PATIENCE_MS)
    page.get_by_label("ملاحظة").select_option("given_name")
    inspector.press("Check the file")
    see_refusal(inspector, "What is in each column?")
    page.get_by_label("ملاحظة").select_option("")
    inspector.press("Check the file")
    inspector.look("The file cannot be imported yet")
    expect(page.locator("main")).to_contain_text("2 things are wrong.", timeout=PATIENCE_MS)

    inspector.follow("Send the corrected file")
    send(inspector, tmp_path, SOUND)
    inspector.press("Check the file")
    inspector.look("This is what the file would change")
    inspector.press_by_keyboard("Import")
    inspector.look("The file is imported")

    inspector.follow("Import another file")
    send(inspector, tmp_path, SOUND.replace("سلمى", "سلمى هدى"))
    inspector.press("Check the file")
    page.get_by_text("What would change", exact=True).last.click()
    inspector.look("This is what the file would change")
    inspector.press("Delete the file and stop")
    inspector.look("Neighbours, summer 2027")


def send(visit: Inspector, folder: Path, text: str) -> None:
    """Choose a file of students and go on."""
    file = folder / "people.csv"
    file.write_text(text, encoding="utf-8")
    visit.page.get_by_label("Students").check()
    visit.page.get_by_label("File").set_input_files(file)
    visit.press("Continue")


def see_refusal(visit: Inspector, heading: str) -> None:
    """Look at a page that is shown again with what is wrong, which the browser too complains of."""
    expect(visit.page.locator(".error-summary")).to_be_visible(timeout=PATIENCE_MS)
    assert len(visit.faults) <= 2 and all("422" in one for one in visit.faults), visit.faults
    visit.faults.clear()
    visit.look(heading)
