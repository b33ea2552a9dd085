"""Where a visitor is: the cycle and the draft that a request means, how far, and what follows."""

from typing import Any

from flask import abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind, is_open
from exchange.domain.screening import Section
from exchange.errors import Conflict
from exchange.records import Cycle, Draft
from exchange.services import corrections, cycles, drafts
from exchange.services.applications import details_of
from exchange.services.asked_questions import list_asked
from exchange.web.i18n import gettext as _
from exchange.web.signup.journey import CHECK, Journey
from exchange.web.signup.steps import Step

LATER = "later"
"""The button that keeps what was typed as it is, and leads back to the task list."""


def cycle_of(public_id: str) -> Cycle:
    """The cycle, if it may be spoken of in public: one that has opened, now or before."""
    cycle: Cycle | None = cycles.public_cycle(g.db, public_id, g.now)
    if cycle is None:
        abort(404)
    return cycle


def open_cycle_of(public_id: str) -> Cycle:
    """The cycle, if sign-up is open or this browser corrects what was sent; else Conflict."""
    cycle = cycle_of(public_id)
    if not is_open(cycle.opens_at, cycle.closes_at, g.now) and not _is_correcting(cycle):
        raise Conflict(_("Sign-up for this cycle has closed. Nothing was saved from this page."))
    return cycle


def draft_key(cycle: Cycle, kind: str) -> str:
    """Under which name a browser's session keeps its draft."""
    return f"{cycle.public_id}/{kind}"


def find_draft(cycle: Cycle, kind: str) -> Draft | None:
    """The draft of this browser, known by its session and by nothing in the address."""
    public_id = session.get("drafts", {}).get(draft_key(cycle, kind))
    if public_id is None:
        return None
    visitor: Any = session
    return drafts.get_draft(g.db, public_id, web_session_id=visitor.row_id)


def _is_correcting(cycle: Cycle) -> bool:
    """Whether answers that were sent once are open again; a new draft is not begun by that."""
    if request.endpoint == "signup.begin":
        return False
    draft = find_draft(cycle, (request.view_args or {}).get("kind", ""))
    return draft is not None and draft.reopened_at is not None


def _was_here(cycle: Cycle, kind: str) -> bool:
    return draft_key(cycle, kind) in session.get("drafts", {})


def journey_of(cycle: Cycle, draft: Draft) -> Journey:
    """The journey through the questions, as far as this draft has come."""
    asked = list_asked(g.db, cycle.id, ApplicationKind(draft.kind))
    closed: frozenset[Section] = frozenset()
    if draft.reopened_at is not None:
        sent = drafts.submitted_application(g.db, draft)
        closed = corrections.closed_sections(g.db, details_of(g.db, sent))
    return Journey(cycle=cycle, draft=draft, today=g.now.date(), questions=asked, closed=closed)


def unsent_journey(cycle: Cycle, kind: str) -> Journey | Response:
    """The journey, or the way to where it is: its beginning, or its reference once it was sent."""
    draft = unsent_draft(cycle, kind)
    return draft if isinstance(draft, Response) else journey_of(cycle, draft)


def unsent_draft(cycle: Cycle, kind: str) -> Draft | Response:
    """The draft alone, without what it takes to go on with it."""
    draft = find_draft(cycle, kind)
    place: dict[str, Any] = {"cycle_id": cycle.public_id, "kind": kind}
    if draft is None and _was_here(cycle, kind) and request.method == "POST":
        # Its page is still in front of somebody who would lose what was typed without a word.
        raise Conflict(
            _(
                "Your answers are not open in this browser any more: you opened them on another "
                "device, or nobody touched them for 30 days. Nothing was saved from this page. "
                "Go back to see what you typed."
            )
        )
    if draft is None:
        return redirect(url_for("signup.start", **place), 303)
    if draft.submitted_application_id is not None and draft.reopened_at is None:
        return redirect(url_for("signup.reference", **place), 303)
    return draft


def open_step(journey: Journey, slug: str) -> Step:
    """A step that may be answered; NotFound for one that does not apply, else Conflict."""
    found = journey.step(slug)
    if found is None:
        abort(404)
    if not journey.is_open(found):
        raise Conflict(
            _(
                "This part was not sent back to you, so it stays as it is. Nothing was saved from "
                "this page. Go to the list to see which parts you can correct."
            )
        )
    return found


def is_from_check() -> bool:
    """Whether the page was opened from that of all answers, to which it then leads back."""
    return request.args.get("back") == CHECK


def _to(journey: Journey, endpoint: str, **place: Any) -> Response:
    kind = journey.kind.value
    return redirect(url_for(endpoint, cycle_id=journey.cycle.public_id, kind=kind, **place), 303)


def to_step(journey: Journey, step: Step, anchor: str | None = None) -> Response:
    """The way to a step; who came from all answers is still known to have come from there."""
    place = {"back": CHECK} if is_from_check() else {}
    return _to(journey, "signup.step", step=step.slug, _anchor=anchor, **place)


def to_check(journey: Journey, step: Step) -> Response:
    """The way to the page of all answers, at the answers of a step."""
    return _to(journey, "signup.check", _anchor=step.slug)


def go_on(journey: Journey, step: Step, button: str) -> Response:
    """After a step: the next of its section; at the end of the section the task list."""
    if button == LATER:
        return _to(journey, "signup.tasks", saved="yes")
    if is_from_check():
        return to_check(journey, step)
    following = journey.next_after(step)
    if following is None:
        return _to(journey, "signup.tasks")
    return to_step(journey, following)
