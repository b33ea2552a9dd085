"""What people of a programme do in a season, through the pages alone: by what a person sees.

The journey and the pictures of the handbook walk the same way. No address is typed after the
first page; whoever signed up comes in by the links of their mails.
"""

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, expect

from exchange.clock import now
from exchange.domain import totp
from exchange.domain.cycle import ApplicationKind
from tests.journeys.conftest import PATIENCE_MS, Inspector
from tests.journeys.season_data import CYCLE, MINORS, TOMAS, Colleague, Files
from tests.journeys.serving import Service
from tests.journeys.test_sign_up_to_export import fill_in_host, send, sign_up, start_task

ISSUER = "Neighbours Youth Exchange"
LETTER = "Emergency contact and letter"
ASKED = "Please write a few lines about yourself."
QUESTION = "Which instruments are in your home?"


@dataclass
class Office:
    """The browsers of a season: one of each colleague's, and one of whoever signs up."""

    open_browser: Callable[[], Inspector]
    service: Service
    files: Files
    folder: Path
    show: Callable[[str], None] = print
    """Called with the name of a picture where the page is worth one."""
    browsers: dict[str, Inspector] = field(default_factory=dict)
    apps: dict[Colleague, bytes] = field(default_factory=dict)
    """The keys that the staff gave to the apps on their telephones."""
    used: dict[Colleague, int] = field(default_factory=dict)
    """The time step of the last code that each typed; none is taken twice."""
    visit: Inspector = field(init=False)
    """The browser that somebody sits at."""

    def enter(self, colleague: Colleague) -> Inspector:
        """Sit down at the browser of a colleague, who signs in once, at the desk of the cycle."""
        is_new = colleague.email not in self.browsers
        visit = self._sit_down(colleague.email)
        if is_new:
            visit.open("/")
            visit.follow("Staff sign in")
            visit.page.get_by_label("E-mail address").fill(colleague.email)
            visit.page.get_by_label("Password").fill(colleague.password)
            visit.press("Sign in")
            visit.follow(CYCLE)
        else:
            self.desk()
        return visit

    def leave(self) -> Inspector:
        """Sit down at the browser of somebody who takes part."""
        return self._sit_down("")

    def _sit_down(self, whose: str) -> Inspector:
        if whose not in self.browsers:
            self.browsers[whose] = self.open_browser()
        self.visit = self.browsers[whose]
        return self.visit

    def desk(self) -> None:
        """Go back to the desk of the cycle."""
        self.visit.follow("Cycles")
        self.visit.follow(CYCLE)

    def tend(self, words: str) -> None:
        """Follow a line of what needs somebody today."""
        self.choose(self.visit.page.locator(".today a").filter(has_text=words))

    def choose(self, link: Locator) -> None:
        """Follow a link that words alone do not single out."""
        with self.visit.leaving():
            link.click()

    def see(self, words: str) -> None:
        """Expect words on the page."""
        expect(self.visit.page.locator("main")).to_contain_text(words, timeout=PATIENCE_MS)

    def prove(self, colleague: Colleague) -> None:
        """Type a code where one is asked for; the first time, set the app up."""
        page, words = self.visit.page, self.visit.page.locator("h1").inner_text()
        if words == "Set up an app that shows codes":
            page.get_by_label("Password").fill(colleague.password)
            self.visit.press("Show me the key")
            shown = page.locator(".reference strong").inner_text()
            self.apps[colleague] = base64.b32decode(shown.replace(" ", ""))
            page.get_by_label("Code").fill(self._code(colleague))
            self.visit.press("Use this app")
            self.visit.follow("I have kept them, go on")
        elif words == "Enter a code":
            page.get_by_label("Code").fill(self._code(colleague))
            self.visit.press("Continue")

    def _code(self, colleague: Colleague) -> str:
        """The next code that was not typed yet; the service takes one a little early."""
        step = max(totp.step_of(now()), self.used.get(colleague, 0) + 1)
        self.used[colleague] = step
        return totp.code_of(self.apps[colleague], step)


def open_cycle(office: Office) -> None:
    """Open sign-up, ask hosts a question of one's own, and set the rules with their pack."""
    visit, page = office.visit, office.visit.page
    visit.press("Open sign-up now")
    office.see("Open for sign-up")
    visit.follow("Questions of the programme")
    office.choose(link_about(office, "Any number of choices", "Questions to hosts"))
    page.get_by_label("Question", exact=True).fill(QUESTION)
    for number, words in enumerate(("Piano", "Guitar"), start=1):
        page.get_by_label(f"Choice {number} (optional)", exact=True).fill(words)
    page.get_by_label("Choices in common count as shared interests").check()
    visit.press("Save")
    office.show("questions")
    office.desk()
    visit.follow("Rules of the match")
    visit.follow("Change the rules")
    page.get_by_label("Most students of one nation at one host").fill("2")
    _save_rules(office, "Nobody should live among their own nation only.")
    office.see("Version 2")
    choose_pack(office, "European Union: pupils, Directive 2016/801", "We bring pupils here.")
    office.see("Version 3")
    choose_pack(office, "Plain", "Who lives in a home is listed by the other office.")
    office.see("Version 4")
    office.show("rules")
    office.desk()


def link_about(
    office: Office, words: str, about: str, role: Literal["link", "button"] = "link"
) -> Locator:
    """The link of these words that tells a screen reader what it is about."""
    name = re.compile(rf"^{re.escape(words)}\s*:\s*{re.escape(about)}$")
    return office.visit.page.get_by_role(role, name=name)


def choose_pack(office: Office, pack: str, reason: str) -> None:
    """Choose another rule pack."""
    office.visit.follow("Choose another rule pack")
    office.visit.page.get_by_role("radio", name=pack, exact=True).check()
    _save_rules(office, reason)


def _save_rules(office: Office, reason: str) -> None:
    office.visit.page.get_by_label("Reason for the change").fill(reason)
    office.visit.press("Save as a new version")


def import_people(office: Office) -> None:
    """Take in what another system knows: students, then hosts."""
    visit, page = office.visit, office.visit.page
    visit.follow("Import a file")
    for kind, words in ((ApplicationKind.STUDENT, "Students"), (ApplicationKind.HOST, "Hosts")):
        page.get_by_label(words, exact=True).check()
        path = office.files.students if kind is ApplicationKind.STUDENT else office.files.hosts
        page.get_by_label("File", exact=True).set_input_files(path)
        visit.press("Continue")
        visit.press("Check the file")
        if kind is ApplicationKind.STUDENT:
            office.show("import")
        visit.press("Import")
        office.see("The file is imported")
        rows = len(office.files.of_kind(kind))
        expect(page.locator(".counts dd").first).to_have_text(str(rows))
        if kind is ApplicationKind.STUDENT:
            visit.follow("Import another file")
    office.desk()


def sign_up_in_person(office: Office) -> tuple[str, str]:
    """A student and a household sign up on the pages; return their references."""
    visit = office.leave()
    student = sign_up(visit)
    fill_in_host(visit)
    start_task(visit, "Questions of the programme")
    visit.page.get_by_label("Piano").check()
    visit.press("Continue")
    host = send(visit, "Turns 18 on 9 July 2027")
    return student, host


def filter_queue(office: Office, **filters: str) -> None:
    """Choose from the list of applications by the words of its fields."""
    page = office.visit.page
    names = {"who": "Who", "state": "State", "search": "Name, reference or id"}
    for name, words in filters.items():
        box = page.get_by_label(names[name], exact=True)
        if name == "search":
            box.fill(words)
        else:
            box.select_option(label=words)
    office.visit.press("Show")


def decide_on_all(office: Office, decision: str) -> None:
    """Tick everybody on the page and decide."""
    page = office.visit.page
    page.get_by_role("button", name="Tick all on this page").click()
    page.get_by_label(decision).check()
    office.visit.press("Decide on those I ticked")


def open_application(office: Office, reference: str) -> None:
    """Find an application by its reference from the list, and open it."""
    filter_queue(office, who="Students and hosts", state="Any state", search=reference)
    office.visit.follow(reference)


def decide(office: Office, decision: str) -> None:
    """Decide on the application that is open."""
    office.visit.page.get_by_label(decision).check()
    office.visit.press("Save the decision")


def judge(office: Office, section: str, decision: str, reason: str = "") -> None:
    """Judge one section of the application that is open."""
    page = office.visit.page
    office.choose(link_about(office, "Judge", section))
    page.get_by_label(decision).check()
    if reason:
        page.get_by_label("Reason").fill(reason)
    office.visit.press("Save the decision")


def return_letter(office: Office) -> None:
    """Ask the applicant for what is missing."""
    judge(office, LETTER, "Return", ASKED)
    office.see("Cannot be approved yet")
    office.visit.follow(LETTER)
    office.see(ASKED)
    office.choose(office.visit.page.locator("a.back-link"))


def note_background_checks(office: Office) -> None:
    """Note the background checks of everybody, as many on a page as it has rows."""
    visit, page = office.visit, office.visit.page
    visit.follow("Checks that are due")
    office.show("checks")
    visit.follow("Background check of one person")
    while page.get_by_role("button", name="Note these checks").count():
        page.get_by_label("Who made the checks?").fill("Police of the town")
        fill_day(office, "Day of the checks", now().date())
        fill_day(office, "Last day on which they are valid", date(2027, 12, 31))
        for box in page.get_by_role("combobox").all():
            box.select_option(label="Passed")
        visit.press("Note these checks")
    visit.follow("Checks that are due")


def note_checks_from_file(office: Office, *households: str) -> None:
    """Note all other checks by a file; households that came by the pages by their references."""
    visit, today = office.visit, now().date().isoformat()
    lines = ["host_id,kind,outcome,issuer,done_on,reference"]
    hosts = office.files.of_kind(ApplicationKind.HOST)
    for host_id, is_home in (
        *((row["host_id"], row["kind"] == "household") for row in hosts),
        *((reference, True) for reference in households),
    ):
        for kind in _kinds(is_home):
            lines.append(f"{host_id},{kind},pass,{ISSUER},{today},{host_id}-{kind}")
    path = office.folder / "checks.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    visit.page.get_by_label("File", exact=True).set_input_files(path)
    visit.press("Note all checks of the file")
    office.see(f"{len(lines) - 1} checks were noted.")
    office.see("No check is due in this cycle.")
    office.desk()


def _kinds(is_home: bool) -> Iterable[str]:
    if is_home:
        return ("interview", "home_visit", "reference_1", "reference_2")
    return ("insurance", "responsible_person")


def fill_day(office: Office, group: str, day: date) -> None:
    """Fill in the three boxes of the first day of these words."""
    boxes = office.visit.page.get_by_role("group", name=group).first
    for part, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(part, exact=True).fill(str(number))


def ask_guardians(office: Office) -> None:
    """Write to the guardians of all minors who came in by the file."""
    page = office.visit.page
    filter_queue(office, who="Students", state="Waiting for a guardian")
    page.get_by_role("button", name="Tick all on this page").click()
    office.visit.press("Write to the guardians of those I ticked")
    office.see("are written to")
    office.visit.follow("Back to the list")


def hear_guardians(office: Office) -> None:
    """Two guardians agree by the links of their mails; the others take their time."""
    visit = office.leave()
    page = visit.page
    for minor in MINORS:
        address = office.files.rows[minor]["guardian_email"]
        visit.open(office.service.link_in_mail(address, "A question that only you can answer"))
        visit.press("See the question")
        visit.follow("Answer")
        page.get_by_label("Yes, I agree").check()
        visit.press("Send my answer")
        office.see("You have agreed")
        visit.press("Close this page")


def correct_letter(office: Office, address: str) -> None:
    """The applicant reads what is missing, by the link of a mail, and answers."""
    visit = office.leave()
    page = visit.page
    visit.open(office.service.link_in_mail(address, "There is news about your application"))
    visit.press("Open my application")
    office.see(ASKED)
    office.choose(link_about(office, "Correct this part", LETTER, role="button"))
    visit.press("Continue")
    office.choose(link_about(office, "Change", "A letter to your host"))
    page.get_by_role("textbox").first.fill("I sing, and I would like to learn how you cook.")
    visit.press("Continue")
    visit.press("Everything is right")
    for box in page.get_by_role("checkbox").all():
        box.check()
    visit.press("Agree and send")
    visit.press("Close my application")


def approve_by_two(office: Office, name: str) -> None:
    """The household of one adult is approved by one person and then by another."""
    visit, page = office.visit, office.visit.page
    visit.follow("Back to the list")
    filter_queue(office, who="Hosts", state="Waiting for a decision", search=name)
    office.choose(page.locator("tbody th").get_by_role("link"))
    judge(office, "Household", "Approve")
    office.see("Cannot be approved yet")
    visit = office.enter(TOMAS)
    page = visit.page
    office.tend("Applications that lack a second approval")
    office.choose(page.locator("tbody th").get_by_role("link"))
    office.choose(link_about(office, "Judge", "Household"))
    visit.press("Approve as the second person")
    decide(office, "Approve: the match may use it")
    office.see("Approved")
