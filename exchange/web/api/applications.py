"""Applications: found, read as far as the token may, sent in as rows of a file are, and checks."""

import json
from typing import Any

from flask import g, request, url_for
from pydantic import ValidationError

from exchange.domain.api_scopes import Scope, may_tell
from exchange.domain.attributes import age_on
from exchange.domain.cycle import ApplicationKind
from exchange.domain.queues import Queue
from exchange.domain.recipients import age_band
from exchange.domain.roles import Permission
from exchange.intake.answers import language_words
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, Cycle, ScreeningCheck
from exchange.records.session import open_session
from exchange.services import (
    applications,
    checks,
    cycles,
    queues,
    single_imports,
    slices,
    viewings,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.import_plan import ImportRow
from exchange.services.locks import hold_cycle
from exchange.services.profiles import host_profile, student_profile
from exchange.services.queues import ApplicationRow
from exchange.web.api import bearer, models
from exchange.web.api.answering import Done, body_of, tag_of
from exchange.web.api.lists import part_of_list
from exchange.web.api.operations import operation
from exchange.web.api.problems import Refused
from exchange.web.api.reading import body_faults, refused
from exchange.web.request_state import engine

TAG = "Applications"


@operation(
    "GET",
    "/cycles/<id:cycle_id>/applications",
    tag=TAG,
    scope=Scope.APPLICATIONS_READ,
    answer=models.Listed[models.ApplicationLine],
    query=models.ApplicationQuery,
    problems=(404,),
    is_list=True,
)
def list_applications(
    cycle_id: str, query: models.ApplicationQuery
) -> models.Listed[models.ApplicationLine]:
    """List the applications to a cycle, in the order in which they came.

    Filters are those of the desk. `search` needs people:read, because it looks in names.
    """
    if query.search is not None:
        bearer.need(Scope.PEOPLE_READ)
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    queue = Queue(
        kind=query.kind,
        state=query.state,
        attention=query.attention,
        nation=query.nation,
        search=query.search or "",
    )
    return part_of_list(
        query,
        find=lambda after, most: queues.list_after(
            g.db,
            g.actor,
            cycle,
            queue,
            g.now,
            after=after,
            most=most,
            external_id=query.external_id,
        ),
        tell=lambda row: models.ApplicationLine(**_line(row, cycle)),
        place_of=lambda row: row.application.id or 0,
    )


@operation(
    "POST",
    "/cycles/<id:cycle_id>/applications",
    tag=TAG,
    scope=Scope.APPLICATIONS_WRITE,
    answer=models.Made,
    body=models.NewApplication,
    status=201,
    problems=(404, 409),
)
def add_application(cycle_id: str, body: models.NewStudent | models.NewHost) -> Done:
    """Send in a student or a host, as a row of a file is taken.

    Whether sign-up is open does not matter, no mail is sent, and an organisation answers for the
    agreement of guardians as for its files. An `external_id` that the cycle has is refused with
    409 and the `application_id`: send changes to that address instead.
    """
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    made = single_imports.import_one(
        g.db,
        g.actor,
        cycle_id=cycle.id or 0,
        kind=ApplicationKind(body.kind),
        row=ImportRow(body.external_id, body.answers),
        at=g.now,
    )
    return Done(
        models.Made(
            id=made.public_id,
            kind=made.kind,
            state=made.state,
            external_id=body.external_id,
            reference=made.reference,
        ),
        headers={"Location": url_for("api.show_application", application_id=made.public_id)},
    )


@operation(
    "GET",
    "/applications/<id:application_id>",
    tag=TAG,
    scope=Scope.APPLICATIONS_READ,
    answer=models.ApplicationDetails,
    problems=(404,),
)
def show_application(application_id: str) -> models.ApplicationDetails:
    """Show an application with its answers, as far as the token may read them.

    Reading a name or anything delicate is noted for the eyes of the person, once a day.
    """
    details = applications.get_application(g.db, g.actor, application_id)
    if _reads_people():
        _note_viewing(details)
    return _details(details)


@operation(
    "PATCH",
    "/applications/<id:application_id>",
    tag=TAG,
    scope=(Scope.APPLICATIONS_READ, Scope.APPLICATIONS_WRITE),
    answer=models.ApplicationDetails,
    body=models.ApplicationChange,
    problems=(404, 409),
    is_matched=True,
)
def change_application(
    application_id: str, body: models.ApplicationChange
) -> models.ApplicationDetails:
    """Send answers that are others now, as the same row of a file sent again.

    If-Match is the ETag that this token was given for the application, so that nobody's change is
    written over. Once somebody has decided on the application its answers stay: 409.
    """
    details = applications.get_application(g.db, g.actor, application_id)
    hold_cycle(g.db, details.cycle.id or 0)
    g.db.refresh(details.application)
    details = applications.details_of(g.db, details.application)
    if not request.if_match.contains(tag_of(body_of(_details(details)))):
        raise Refused(
            412, "changed", "The application is not as you have seen it. Read it again first."
        )
    profile = _changed(details, body.answers)
    single_imports.change_one(
        g.db, g.actor, details, profile, fields=frozenset(body.answers), at=g.now
    )
    if _reads_people():
        viewings.note_viewing(g.db, g.actor, details, g.now)
    g.db.commit()
    return _details(applications.details_of(g.db, details.application))


@operation(
    "GET",
    "/applications/<id:application_id>/checks",
    tag=TAG,
    scope=Scope.CHECKS_READ,
    answer=models.Listed[models.Check],
    query=models.PageQuery,
    problems=(404,),
    is_list=True,
)
def list_checks(application_id: str, query: models.PageQuery) -> models.Listed[models.Check]:
    """List the checks of a host, in the order in which they were noted."""
    details = applications.get_application(g.db, g.actor, application_id)
    return part_of_list(
        query,
        find=lambda after, most: slices.checks_after(
            g.db, g.actor, details, after=after, most=most
        ),
        tell=lambda check: _check(check, details),
        place_of=lambda check: check.id or 0,
    )


@operation(
    "POST",
    "/applications/<id:application_id>/checks",
    tag=TAG,
    scope=Scope.CHECKS_WRITE,
    answer=models.CheckMade,
    body=models.NewCheck,
    status=201,
    problems=(404, 409),
)
def add_check(application_id: str, body: models.NewCheck) -> Done:
    """Note a check of a host.

    A check is added and never changed; of several of a kind the last counts. Nobody notes checks
    of their own household, also not through a token.
    """
    details = applications.get_application(g.db, g.actor, application_id)
    new = checks.NewCheck(**{name: getattr(body, name) for name in models.NewCheck.model_fields})
    (row,) = checks.record_checks(g.db, g.actor, details, [new], at=g.now)
    return Done(models.CheckMade(id=row.id or 0, kind=row.kind, outcome=row.outcome))


def _reads_people() -> bool:
    return bearer.has(Scope.PEOPLE_READ) or bearer.has(Scope.SPECIAL_READ)


def _note_viewing(details: ApplicationDetails) -> None:
    """As on the page: nobody reads about a person off the record."""
    if viewings.is_noted(g.db, g.actor, details.application.public_id, g.now):
        return
    with open_session(engine()) as db:
        viewings.note_viewing(db, g.actor, details, g.now)
        db.commit()


def _line(row: ApplicationRow, cycle: Cycle) -> dict[str, Any]:
    told = _facts(row.application, cycle)
    if bearer.has(Scope.PEOPLE_READ):
        told["name"] = row.name
    return told


def _facts(application: Application, cycle: Cycle) -> dict[str, Any]:
    names = (
        "kind",
        "state",
        "nation",
        "external_id",
        "submitted_at",
        "guardians_needed",
        "guardians_agreed",
        "version",
    )
    told: dict[str, Any] = {"id": application.public_id, "cycle_id": cycle.public_id}
    told |= {name: getattr(application, name) for name in names}
    if bearer.has(Scope.PEOPLE_READ):
        told["reference"] = application.reference
    return told


def _profile(details: ApplicationDetails) -> StudentProfile | HostProfile:
    if details.student is not None:
        return student_profile(details.student)
    assert details.host is not None
    return host_profile(details.host, details.members)


def _answers(profile: StudentProfile | HostProfile) -> dict[str, Any]:
    """The answers as they are sent: languages are words such as `fr:B2`."""
    answers: dict[str, Any] = json.loads(profile.model_dump_json())
    return answers | {"languages": language_words(profile.languages)}


def _details(details: ApplicationDetails) -> models.ApplicationDetails:
    profile = _profile(details)
    row = ApplicationRow(details.application, details.student, details.host)
    told = _line(row, details.cycle)
    told["answers"] = {
        name: value for name, value in _answers(profile).items() if may_tell(g.bearer.scopes, name)
    }
    if isinstance(profile, StudentProfile) and not bearer.has(Scope.PEOPLE_READ):
        born = profile.birth_on
        on = details.cycle.stay_from_on
        told["age_band"] = None if born is None else age_band(age_on(born, on))
    return models.ApplicationDetails(**told)


def _changed(details: ApplicationDetails, sent: dict[str, Any]) -> StudentProfile | HostProfile:
    """The profile with what was sent in it, or every fault of what was sent."""
    stored = _profile(details)
    try:
        return type(stored).model_validate_json(json.dumps(_answers(stored) | sent))
    except ValidationError as error:
        raise refused(body_faults(error, ("answers",))) from None


def _check(check: ScreeningCheck, details: ApplicationDetails) -> models.Check:
    numbers = {member.id: number for number, member in enumerate(details.members, start=1)}
    told: dict[str, Any] = {
        "id": check.id,
        "kind": check.kind,
        "outcome": check.outcome,
        "person": numbers.get(check.member_id) if check.member_id else check.member_number,
        "done_on": check.done_on,
        "expires_on": check.expires_on,
    }
    if bearer.has(Scope.PEOPLE_READ):
        told |= {"issuer": check.issuer, "reference": check.reference}
    return models.Check(**told)
