"""A season from its first day to the files of its second match, for the journey and for pictures.

What each step is, and how it is checked, stands in `season_steps`, `season_match` and
`season_files`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from exchange.config import Settings
from tests.journeys import season_data, season_files, season_match, season_steps
from tests.journeys.conftest import PATIENCE_MS, Inspector
from tests.journeys.season_data import MINORS, MIRJAM, ONE_ADULT
from tests.journeys.season_match import Pair
from tests.journeys.season_steps import Office
from tests.journeys.serving import serve
from tests.journeys.test_sign_up_to_export import HOST, STUDENT

PINNED = Pair("Noor", "Eszter Szabó")
"""Who signed up on the pages: the pair that is pinned, and whose host leaves in the end."""


@contextmanager
def office_of(
    browser: Browser, settings: Settings, folder: Path, *, inspects: bool, width: int = 1280
) -> Iterator[Office]:
    """Start a service for a new programme, with a way to open browsers that see it."""
    season_data.prepare(settings)
    with serve(settings) as service:

        def open_browser() -> Inspector:
            page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
            page.set_default_timeout(PATIENCE_MS)
            visit = Inspector(page, service.url, inspects=inspects)
            page.on("console", visit.note_console)
            page.on("response", visit.note_response)
            return visit

        files = season_data.write_files(folder / "files")
        office = Office(open_browser, service, files, folder)
        try:
            yield office
            assert [fault for one in office.browsers.values() for fault in one.faults] == []
        finally:
            for one in office.browsers.values():
                one.page.context.close()


def walk(office: Office, show: Callable[[str], None]) -> None:
    """Go through the season; `show` is called where a page is worth a picture, with its name."""
    office.show = show
    office.enter(MIRJAM)
    season_steps.open_cycle(office)
    season_steps.import_people(office)
    references = season_steps.sign_up_in_person(office)
    office.enter(MIRJAM)
    screen(office, *references)
    swapped = match(office, references[1])
    season_match.publish_by_two(office, picture=True)
    lost = answer(office)
    season_match.rematch(office, lost)
    season_match.publish_by_two(office)
    season_files.check(office, swapped, lost)


def screen(office: Office, student: str, host: str) -> None:
    """Everybody is looked at: minors wait for guardians, homes for checks, one for a colleague."""
    visit = office.visit
    office.show("desk")
    visit.follow("All applications")
    office.show("queue")
    season_steps.filter_queue(office, who="Students")
    season_steps.decide_on_all(office, "Approve: the match may use them")
    office.see("no guardian has agreed yet")
    visit.follow("Back to the list")
    season_steps.ask_guardians(office)
    season_steps.open_application(office, student)
    season_steps.judge(
        office, season_steps.LETTER, "Return", "Please write a few lines about yourself."
    )
    office.see("Returned")
    office.show("application")
    season_steps.correct_letter(office, STUDENT)
    visit = office.enter(MIRJAM)
    office.tend("Applications answered after they were returned")
    visit.follow(student)
    season_steps.decide(office, "Approve: the match may use it")
    office.see("Approved")
    office.desk()
    season_steps.note_background_checks(office)
    season_steps.note_checks_from_file(office, host)
    visit.follow("All applications")
    season_steps.filter_queue(office, who="Hosts", state="Waiting for a decision")
    season_steps.decide_on_all(office, "Approve: the match may use them")
    office.see("a second person has to approve the household too")
    season_steps.approve_by_two(office, office.files.rows[ONE_ADULT]["name"])
    season_steps.hear_guardians(office)
    visit = office.enter(MIRJAM)
    visit.follow("All applications")
    season_steps.filter_queue(office, who="Students", state="Waiting for a decision")
    season_steps.decide_on_all(office, "Approve: the match may use them")
    office.see(f"{len(MINORS)} applications were decided.")
    visit.follow("Back to the list")
    office.desk()


def match(office: Office, host: str) -> tuple[Pair, Pair]:
    """Two runs are compared, a pair is pinned, two students swap; return where those were."""
    season_match.run_match(office, epsilon="0.02", picture=True)
    season_match.look_at_pictures(office)
    office.desk()
    season_match.run_match(office, epsilon="0.3")
    season_match.compare(office)
    season_match.ask_why_and_pin(office, PINNED, host)
    season_match.run_match(office, epsilon="0.02")
    season_match.see_stress(office)
    return season_match.swap_by_keyboard(office, PINNED)


def answer(office: Office) -> list[Pair]:
    """Everybody answers: two say no, others yes, a host leaves; return what came to nothing."""
    visit = office.visit
    visit.follow("Offers of places, and who has answered")
    office.show("offers")
    season_match.make_offers_that_wait(office)
    pairs = season_match.offered_pairs(office)
    of_leaver = [one for one in pairs if one.home == PINNED.home]
    assert PINNED in of_leaver, "the pin was not kept"
    first, second, third = [one for one in pairs if one.home != PINNED.home][:3]
    season_match.write_answers_down(office, first.student, ("Student", "No"))
    season_match.write_answers_down(office, second.student, ("Student", "Yes"), ("Host", "No"))
    season_match.write_answers_down(office, third.student, ("Student", "Yes"), ("Host", "Yes"))
    office.desk()
    office.see("2 Students who have lost the place")
    visit = office.leave()
    for address in (STUDENT, HOST):
        season_match.come_in_by_mail(office, address, "There is news that needs your answer")
        season_match.accept_own_offers(office)
        if address == STUDENT:
            visit.press("Close my application")
    office.see("Confirmed")
    season_match.withdraw(office)
    office.enter(MIRJAM)
    lost = [first, second, *of_leaver]
    office.see(f"{len(lost)} Students who have lost the place")
    return lost
