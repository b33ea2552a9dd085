"""The second half of a season: runs, changes by hand, publication by two, answers, a re-match."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.journeys.conftest import PATIENCE_MS
from tests.journeys.season_data import MIRJAM, TOMAS
from tests.journeys.season_steps import Office

BY_TELEPHONE = "By telephone this morning; we called the number that we know."
RUN = "Match run"


@dataclass(frozen=True)
class Pair:
    """A student and a home, as the pages name them."""

    student: str
    home: str


def run_match(office: Office, *, epsilon: str, picture: bool = False) -> None:
    """Start a run from the desk of the cycle, watch it, and wait for its answer."""
    visit, page = office.visit, office.visit.page
    visit.follow("Start a match run")
    page.get_by_label("How much diversity may be given up").fill(epsilon)
    page.get_by_label("Seed").fill("7")
    if picture:
        office.show("run-start")
    visit.press("Start")
    expect(page.locator("h1")).to_have_text(RUN, timeout=PATIENCE_MS)
    page.wait_for_load_state()
    if picture:
        office.show("run")


def compare(office: Office) -> None:
    """Hold the run that is open against the other one."""
    office.visit.follow("Compare with another run")
    office.visit.press("Compare")
    office.see("Both read the same applications.")
    office.see("Who is placed otherwise")
    office.show("compare")
    office.visit.follow(RUN)


def look_at_pictures(office: Office) -> None:
    """See the run as pictures."""
    office.visit.follow("Pictures")
    office.show("pictures")
    office.visit.follow(RUN)


def row_of(office: Office, words: str) -> Locator:
    """The row of the table that speaks of somebody."""
    return office.visit.page.get_by_role("row").filter(has_text=words).first


def ask_why_and_pin(office: Office, wanted: Pair, reference: str) -> None:
    """Ask why a student is placed where they are and not with another host; pin them to that one.

    Where the run has placed them with that host already, they are pinned all the same.
    """
    visit, page = office.visit, office.visit.page
    visit.follow("Placements")
    office.choose(row_of(office, wanted.student).get_by_role("link", name="Why?"))
    office.see("What speaks for it")
    office.show("why")
    visit.follow("Why not with another host?")
    page.get_by_label("Reference of the host").fill(reference)
    visit.press("Ask")
    apart = page.get_by_role("link", name="Pin this pair for the next run")
    if apart.count():
        office.choose(apart)
    else:
        visit.follow("Why this placement?")
        office.choose(page.locator("main").get_by_role("link", name="Change by hand"))
        visit.follow("Pin this pair")
    page.get_by_label("Reason").fill("They have written to each other for a year.")
    visit.press("Pin the pair")
    office.see("Pinned for later runs")
    office.see(wanted.student)
    office.see(wanted.home)
    office.desk()


def swap_by_keyboard(office: Office, pinned: Pair) -> tuple[Pair, Pair]:
    """Change the places of two students with the keyboard alone; return both as they were."""
    visit, page = office.visit, office.visit.page
    visit.follow("Change by hand")
    office.show("hand")
    rows = page.locator("tbody tr[data-student]").filter(has_not_text=pinned.student)
    for place in range(rows.count()):
        row = rows.nth(place)
        first = Pair(row.get_by_role("rowheader").inner_text(), _home_in(row))
        _press_enter_on(office, row.get_by_role("link", name="Where else?"))
        table = page.get_by_role("region", name="Change places with another student")
        if table.count():
            break
        visit.follow("Change the match by hand")
    best = table.locator("tbody tr").first
    second = Pair(
        best.get_by_role("rowheader").inner_text(), best.get_by_role("cell").nth(0).inner_text()
    )
    _press_enter_on(office, best.get_by_role("link", name="See the price"))
    office.see("Every rule and every limit is kept.")
    office.show("price")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Their families asked for it.")
    visit.press_by_keyboard("Make this change")
    for pair in (first, second):
        office.see(pair.student)
    expect(page.locator(".counts div").nth(1).locator("dd")).to_have_text("2")
    return first, second


def _home_in(row: Locator) -> str:
    return row.get_by_role("cell").nth(1).inner_text()


def _press_enter_on(office: Office, link: Locator) -> None:
    link.focus()
    with office.visit.leaving():
        office.visit.page.keyboard.press("Enter")


def see_stress(office: Office) -> None:
    """See without which hosts somebody would have no home."""
    office.visit.follow("Hosts that the match leans on")
    office.show("stress")
    office.visit.follow(RUN)


def publish_by_two(office: Office, *, picture: bool = False) -> None:
    """Propose to publish the run that is open, and have the colleague confirm it."""
    visit = office.visit
    visit.follow("Publish")
    office.prove(MIRJAM)
    if picture:
        office.show("propose")
    visit.press("Propose to publish")
    office.see("You cannot do both.")
    visit = office.enter(TOMAS)
    office.tend("A match is proposed for publication")
    office.prove(TOMAS)
    if picture:
        office.show("confirm")
    visit.press("Confirm and publish")
    office.see("Published")
    office.enter(MIRJAM)


def offered_pairs(office: Office) -> list[Pair]:
    """The pairs of the list of offers that is open."""
    rows = office.visit.page.locator("tbody tr").all()
    return [
        Pair(row.get_by_role("rowheader").inner_text(), row.get_by_role("cell").first.inner_text())
        for row in rows
    ]


def write_answers_down(office: Office, student: str, *answers: tuple[str, str]) -> None:
    """Note on the offer of a student what people said by telephone, and go back to the list."""
    page = office.visit.page
    office.choose(row_of(office, student).get_by_role("link").first)
    for who, answer in answers:
        office.visit.follow("Write an answer down")
        page.get_by_role("radio", name=who, exact=True).check()
        page.get_by_role("radio", name=answer, exact=True).check()
        page.get_by_label("How do you know?").fill(BY_TELEPHONE)
        office.visit.press("Write it down")
    office.see(BY_TELEPHONE)
    office.visit.follow("Offers")


def come_in_by_mail(office: Office, address: str, subject: str) -> None:
    """Open one's own application by the link of a mail."""
    visit = office.visit
    visit.open(office.service.link_in_mail(address, subject))
    visit.press("Open my application")


def accept_own_offers(office: Office) -> None:
    """Say yes to every offer on one's own pages."""
    visit = office.visit
    visit.follow("See your offers")
    for words in visit.page.get_by_role("link", name=re.compile(r"^Offer \d+$")).all_inner_texts():
        visit.follow(words)
        visit.page.get_by_label("Yes, I accept").check()
        visit.press("Send my answer")
        visit.follow("Your offers")


def withdraw(office: Office) -> None:
    """A host who has agreed leaves all the same, on their own page."""
    visit = office.visit
    visit.follow("Back")
    visit.follow("Withdraw my application")
    visit.press("Withdraw")
    office.see("Withdrawn")
    visit.press("Close my application")


def rematch(office: Office, lost: list[Pair]) -> None:
    """Find new places for those who lost theirs, with the fewest changes, and look at them."""
    visit, page = office.visit, office.visit.page
    office.tend("Students who have lost the place")
    troubled = page.get_by_role("region", name="Placements that cannot stay")
    for pair in lost:
        expect(troubled).to_contain_text(pair.student)
    office.show("rematch")
    visit.press("Match again")
    expect(page.locator("h1")).to_have_text(RUN, timeout=PATIENCE_MS)
    page.wait_for_load_state()
    visit.follow("What this run changes")
    for pair in lost:
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=pair.student))
        expect(row).to_contain_text(pair.home)
    _stay, moved, _gained, without = page.locator(".counts dd").all_inner_texts()
    others = int(moved) + int(without) - len(lost)
    assert 0 <= others <= len(lost), "more people moved than were needed to make room"
    visit.follow(RUN)


def make_offers_that_wait(office: Office) -> None:
    """Look at each pair of nations in open rivalry, and make its offer."""
    visit, page = office.visit, office.visit.page
    while page.get_by_role("link", name="To look at first").count():
        office.choose(page.get_by_role("link", name="To look at first"))
        office.choose(page.locator("tbody th").get_by_role("link").first)
        visit.press("Make the offer")
        office.see("Waiting for answers")
        visit.follow("Offers")
