"""From the sign-up of a student and a host to a coordinator's file, in a real browser.

Every page on the way is inspected: its heading, no accessibility fault that axe knows, nothing
wider than its screen, small or large, no complaint of the browser (a blocked script or style, a
4xx, a 5xx).
"""

import base64
import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from exchange.clock import now
from exchange.domain import totp
from tests.journeys.conftest import PATIENCE_MS, Inspector, Service

STUDENT = "noor.journey@example.org"
HOST = "eszter.journey@example.org"

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_journey_from_sign_up_to_downloaded_csv(
    inspector: Inspector, service: Service, tmp_path: Path
) -> None:
    student = sign_up(inspector)
    see_own_application(inspector, service, student)
    inspector.page.context.clear_cookies()
    host = sign_up_host(inspector)
    inspector.page.context.clear_cookies()
    sign_in(inspector, service)
    ids = [approve(inspector, reference) for reference in (student, host)]
    match(inspector)
    rows = download_placements(inspector, tmp_path / "placements.csv")
    assert len(rows) > 100
    assert len({row["student_id"] for row in rows}) == len(rows)
    assert ids[0] in {row["student_id"] for row in rows}
    assert ids[1] in {row["host_id"] for row in rows}
    publish(inspector, service)
    assert "Match run" in inspector.seen


def sign_up(visit: Inspector) -> str:
    """Answer every page of a student's sign-up and return the reference."""
    page = visit.page
    visit.open("/")
    visit.look()
    with visit.leaving():
        page.locator("main a[href$='/student']").first.click()
    visit.look("I would like to travel")
    visit.press("Start now")

    start_task(visit, "About you")
    visit.look("Your name")
    page.get_by_label("Given name").fill("Noor")
    visit.press("Continue")
    visit.look("Your e-mail address")
    refuse_nothing_typed(visit, "Enter your e-mail address")
    page.get_by_label("E-mail address").fill(STUDENT)
    visit.press("Continue")
    visit.look("Your date of birth")
    for part, digits in (("Day", "27"), ("Month", "3"), ("Year", "2005")):
        page.get_by_label(part).fill(digits)
    visit.press("Continue")
    visit.look("Your nationality")
    page.get_by_label("Nationality", exact=True).select_option("JO")
    visit.press("Add another nationality")
    visit.look("Your nationality")
    expect(page.get_by_label("Nationality 2")).to_be_focused()
    page.get_by_label("Nationality 2").select_option("SE")
    visit.press("Continue")
    visit.look("Where you live and learn")
    page.get_by_label("Town or village").fill("عمّان")
    visit.press("Save and come back later")
    start_task(visit, "Languages and interests")
    visit.look("Languages you speak")
    for row, (tag, level) in enumerate((("ar", "native"), ("en", "C1"))):
        page.get_by_role("combobox", name="Language").nth(row).select_option(tag)
        page.get_by_label("How well?").nth(row).select_option(level)
    visit.press("Continue")
    visit.look("What interests you")
    page.get_by_role("checkbox").first.check()
    visit.press("Continue")
    start_task(visit, "Your travel dates")
    visit.look("When you can travel")
    fill_days(visit, ("First day", "1", "7"), ("Last day", "20", "7"))
    visit.press("Continue")
    start_task(visit, "The home that suits you")
    for heading in ("What you need", "What you would like"):
        visit.look(heading)
        visit.press("Continue")
    visit.look("Whom you can live with")
    for answer in page.get_by_label("Yes").all():
        answer.check()
    visit.press("Continue")
    visit.look("The home that suits you")
    visit.press("Continue")
    visit.look("Where you would like to go")
    page.get_by_label("Nation", exact=True).select_option("HU")
    visit.press("Continue")
    start_task(visit, "People we can turn to")
    visit.look("Somebody to call in an emergency")
    page.get_by_label("Their name").fill("Rania")
    page.get_by_label("Their phone number").fill("+962 6 500 0000")
    visit.press("Continue")
    start_task(visit, "A letter to your host")
    visit.look("A letter to your host")
    visit.press("Continue")
    start_task(visit, "What you agree to")
    visit.look("What you agree to")
    visit.press("Continue")
    return send(visit, "Jordan")


def sign_up_host(visit: Inspector) -> str:
    """Answer every page of a host's sign-up and return the reference."""
    fill_in_host(visit)
    return send(visit, "Turns 18 on 9 July 2027")


def fill_in_host(visit: Inspector) -> None:
    """Answer every page that every programme has."""
    page = visit.page
    visit.open("/")
    with visit.leaving():
        page.locator("main a[href$='/host']").first.click()
    visit.look("We would like to host")
    visit.press("Start now")

    start_task(visit, "Who you are")
    visit.look("Who you are")
    page.get_by_label("A household").check()
    page.get_by_label("Your name").fill("Eszter Szabó")
    page.get_by_label("E-mail address").fill(HOST)
    page.get_by_label("Town or city").fill("Győr")
    page.get_by_label("Country", exact=True).select_option("HU")
    visit.press("Continue")
    visit.look("Who lives in your home")
    fill_birth(visit, 0, "3", "11", "1979")
    visit.press("Add another person")
    fill_birth(visit, 1, "8", "2", "1981")
    visit.press("Add another person")
    fill_birth(visit, 2, "9", "7", "2009")
    visit.look("Who lives in your home")
    visit.press("Continue")
    start_task(visit, "Your home")
    visit.look("Your home")
    visit.press("Continue")
    visit.look("Places and dates")
    page.get_by_label("How many guests").fill("2")
    fill_days(visit, ("First day you can have guests", "28", "6"), ("Last day", "25", "7"))
    visit.press("Continue")
    visit.look("Where guests sleep")
    page.get_by_label("How many rooms").fill("1")
    page.get_by_label("How many beds").fill("2")
    visit.press("Continue")
    start_task(visit, "Languages and interests")
    visit.look("Languages you speak at home")
    for row, (tag, level) in enumerate((("hu", "native"), ("en", "C1"))):
        page.get_by_role("combobox", name="Language").nth(row).select_option(tag)
        page.get_by_label("How well?").nth(row).select_option(level)
    visit.press("Continue")
    visit.look("What you enjoy")
    visit.press("Continue")
    start_task(visit, "Your guest")
    visit.look("Whom you can welcome")
    visit.press("Continue")
    visit.look("Why you would like to host")
    page.get_by_label("Why would you like").fill("We like company.")
    visit.press("Continue")
    visit.look("A few words to your guest")
    visit.press("Continue")
    start_task(visit, "Trust")
    visit.look("Rules of your home")
    page.get_by_label("We may invite a guest").check()
    visit.press("Continue")
    visit.look("Two people who know you")
    for which, name in (("first", "Zsófia Nagy"), ("second", "Bence Tóth")):
        page.get_by_label(f"Name of the {which} person").fill(name)
        page.get_by_label(f"How does the {which} person know you?").select_option("neighbour")
        page.get_by_label(f"E-mail address of the {which} person").fill(f"{which}@example.org")
    page.get_by_label("Neither of them is related").check()
    visit.press("Continue")
    start_task(visit, "What you agree to")
    visit.look("What you agree to")
    visit.press("Continue")


def fill_birth(visit: Inspector, row: int, day: str, month: str, year: str) -> None:
    """Fill in the date of birth of one person of the household."""
    for part, digits in (("Day", day), ("Month", month), ("Year", year)):
        visit.page.get_by_label(part, exact=True).nth(row).fill(digits)


def start_task(visit: Inspector, words: str) -> None:
    """Look at the task list and start one of its tasks."""
    visit.look("Complete your application")
    visit.follow(words)


def refuse_nothing_typed(visit: Inspector, sentence: str) -> None:
    """Send a page as it is: the summary has the focus, and leads to the box that is missing."""
    page = visit.page
    visit.press("Continue")
    assert visit.faults and "422" in " ".join(visit.faults)
    visit.faults.clear()
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    visit.look()
    summary.get_by_role("link", name=sentence).click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()


def fill_days(visit: Inspector, *days: tuple[str, str, str]) -> None:
    """Fill in days of 2027, each by the words of its question, day and month."""
    for group, day, month in days:
        fields = visit.page.get_by_role("group", name=group)
        for part, digits in (("Day", day), ("Month", month), ("Year", "2027")):
            fields.get_by_label(part).fill(digits)


def send(visit: Inspector, answer: str) -> str:
    """Look at all answers, agree, send, and return the reference."""
    page = visit.page
    start_task(visit, "Check your answers")
    visit.look("Check your answers")
    assert answer in page.locator("main").inner_text()
    visit.press("Everything is right")
    visit.look("Send your application")
    for box in page.get_by_role("checkbox").all():
        box.check()
    visit.press("Agree and send")
    visit.look("Thank you, we have it")
    return page.locator(".reference strong").inner_text()


def see_own_application(visit: Inspector, service: Service, reference: str) -> None:
    """Open the link of the mail, as somebody on another device would."""
    visit.page.context.clear_cookies()
    visit.open(service.link_mailed_to(STUDENT))
    visit.look("Open your application")
    visit.press("Open my application")
    visit.look("Your application")
    assert reference in visit.page.locator("main").inner_text()


def sign_in(visit: Inspector, service: Service) -> None:
    """Sign the coordinator in."""
    visit.open(service.coordinator_link)
    visit.look("Sign in with your link")
    visit.press("Sign in")
    visit.open("/cycles")
    visit.look("Cycles")
    visit.press_by_keyboard("Neighbours, summer 2027")
    visit.look("Neighbours, summer 2027")


def approve(visit: Inspector, reference: str) -> str:
    """Find the new application, approve it, and return its id."""
    page = visit.page
    cycle = page.url
    visit.follow("All applications")
    visit.look("Applications")
    page.get_by_label("Name, reference or id").fill(reference)
    visit.press("Show")
    expect(page.get_by_role("status")).to_have_text("1 application", timeout=PATIENCE_MS)
    visit.follow(reference)
    visit.look()
    if "Checks" in page.locator("main").inner_text():
        check_host(visit)
    page.get_by_label("Approve: the match may use it").check()
    with visit.leaving():
        page.locator("main form button[type=submit]").last.click()
    expect(page.locator("main")).to_contain_text("Approved", timeout=PATIENCE_MS)
    visit.look()
    public_id = page.url.rsplit("/", 1)[1]
    page.goto(cycle)
    return public_id


def check_host(visit: Inspector) -> None:
    """Read what stands in the way, note every check, and have nothing left."""
    page, today = visit.page, now().date()
    expect(page.locator(".notice--danger li")).to_have_count(7)
    for kind, person in (
        *(("background", str(number)) for number in (1, 2, 3)),
        *((kind, "") for kind in ("interview", "home_visit", "reference_1", "reference_2")),
    ):
        visit.follow("Note a check")
        page.get_by_label("What was checked?").select_option(kind)
        page.get_by_label("Which person?").select_option(person)
        page.get_by_label("Passed", exact=True).check()
        page.get_by_label("Who made the check?").fill("Police of Győr")
        for part, number in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
            day = page.get_by_role("group", name="Day of the check")
            day.get_by_label(part).fill(str(number))
        if person == "1":
            visit.look("Note a check")
        visit.press("Note the check")
    expect(page.locator(".notice--danger")).to_have_count(0)
    visit.look()
    with visit.leaving():
        page.locator("a[href$='/sections/references']").click()
    visit.look("References")
    page.get_by_label("Approve", exact=True).check()
    visit.press("Save the decision")


def match(visit: Inspector) -> None:
    """Start a run, watch it, and look at its answer."""
    page = visit.page
    visit.follow("Start a match run")
    visit.look("Start a match run")
    page.get_by_label("How much diversity").fill("0.02")
    page.get_by_label("Seed").fill("7")
    page.get_by_label("Longest time").fill("30")
    visit.press_by_keyboard("Start")
    visit.look("Match run")
    page.get_by_text("The same numbers as a table").click()
    visit.look("Match run")
    run = page.url
    visit.follow("Placements")
    visit.look("Placements")
    page.goto(run)
    visit.follow("Students without a place")
    visit.look("Students without a place")
    page.goto(run)


def download_placements(visit: Inspector, target: Path) -> list[dict[str, str]]:
    """Download the placements for programs and read them."""
    page = visit.page
    run = page.url
    visit.follow("Download")
    visit.look("Download")
    with page.expect_download() as download:
        page.locator("form[action$='/exports/placements'] button[value=programs]").click()
    download.value.save_as(target)
    page.goto(run)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def publish(visit: Inspector, service: Service) -> None:
    """Propose to publish the run, and confirm it as a second person."""
    run = visit.page.url
    visit.follow("Publish")
    set_up_app(visit)
    visit.look("Publish this run?")
    visit.press_by_keyboard("Propose to publish")
    visit.look("A second person is needed")
    visit.page.context.clear_cookies()
    visit.open(service.reviewer_link)
    visit.press("Sign in")
    visit.page.goto(run)
    visit.follow("Publish")
    set_up_app(visit)
    visit.look("Publish this run?")
    visit.press_by_keyboard("Confirm and publish")
    visit.look("Match run")
    expect(visit.page.locator("main")).to_contain_text("Published", timeout=PATIENCE_MS)
    visit.follow("Match runs")
    visit.look("Match runs")


def set_up_app(visit: Inspector) -> None:
    """Give the key on the page to an app, type its first code, and keep the recovery codes."""
    visit.look("Set up an app that shows codes")
    visit.press("Show me the key")
    visit.look("Give the key to your app")
    shown = visit.page.locator(".reference strong").inner_text()
    secret = base64.b32decode(shown.replace(" ", ""))
    visit.page.get_by_label("Code").fill(totp.code_of(secret, totp.step_of(now())))
    visit.press("Use this app")
    visit.look("Your recovery codes")
    visit.follow("I have kept them, go on")
