"""Roles, permissions, and the one table that joins them.

A route declares one permission; whether the target is the actor's own is the service's question.
"""

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is to a programme; `ADMINISTRATOR` is of the whole installation."""

    ANONYMOUS = "anonymous"
    STUDENT = "student"
    GUARDIAN = "guardian"
    HOST = "host"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    LOCAL_COORDINATOR = "local_coordinator"
    PARTNER = "partner"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    AUDITOR = "auditor"
    PROGRAMME_ADMINISTRATOR = "programme_administrator"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route may ask for."""

    PUBLIC = "public"
    """Anybody: the home page, sign-up, signing in, health."""
    OWN_APPLICATION = "own_application"
    """Whoever came through the e-mailed link of that application."""
    OWN_GUARDIANSHIP = "own_guardianship"
    """Whoever came through the link that was mailed to a guardian."""
    BEARER = "bearer"
    """A program with a token of a programme; what it may do is said by the token's scopes."""
    SIGNED_IN = "signed_in"
    """Any account: signing out, choosing a programme."""
    SEE_CYCLES = "see_cycles"
    SEE_APPLICATIONS = "see_applications"
    """Everybody of a programme, with everything that they told."""
    SEE_STUDENTS = "see_students"
    """Students, and how far they are: of their own caseload for a local coordinator, of their own
    organisation for a partner."""
    SCREEN_APPLICATIONS = "screen_applications"
    MANAGE_CYCLES = "manage_cycles"
    SEE_RUNS = "see_runs"
    START_RUNS = "start_runs"
    PUBLISH_RUNS = "publish_runs"
    """Propose to publish a run, and look after its offers."""
    CONFIRM_RUNS = "confirm_runs"
    """Be the second person, without whom nothing is published."""
    EXPORT = "export"
    DOWNLOAD_OWN = "download_own"
    """A partner: the files about their own students."""
    LOG_CONTACTS = "log_contacts"
    """Note who spoke with whom during a stay; a local coordinator for their own caseload."""
    REPORT_INCIDENTS = "report_incidents"
    """Tell the safeguarding leads of something on behalf of somebody."""
    SEE_INCIDENTS = "see_incidents"
    """A safeguarding lead; whom an incident names sees nothing of it all the same."""
    MANAGE_PEOPLE = "manage_people"
    """Who works for a programme, and how it is called and reached."""
    MANAGE_PROGRAMMES = "manage_programmes"
    """The installation's administrator: make programmes."""
    READ_MAILS = "read_mails"
    """The installation's administrator: mails that were written into files, with their links."""


_SEE = frozenset({Permission.SEE_CYCLES, Permission.SEE_RUNS})
_COORDINATE = _SEE | {
    Permission.SEE_APPLICATIONS,
    Permission.SEE_STUDENTS,
    Permission.SCREEN_APPLICATIONS,
    Permission.MANAGE_CYCLES,
    Permission.START_RUNS,
    Permission.PUBLISH_RUNS,
    Permission.CONFIRM_RUNS,
    Permission.EXPORT,
    Permission.LOG_CONTACTS,
    Permission.REPORT_INCIDENTS,
}

PROGRAMME_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.COORDINATOR: _COORDINATE,
    Role.PROGRAMME_ADMINISTRATOR: _COORDINATE | {Permission.MANAGE_PEOPLE},
    Role.ADMINISTRATOR: _COORDINATE
    | {Permission.MANAGE_PEOPLE, Permission.MANAGE_PROGRAMMES, Permission.READ_MAILS},
    Role.REVIEWER: _SEE
    | {
        Permission.SEE_APPLICATIONS,
        Permission.SEE_STUDENTS,
        Permission.SCREEN_APPLICATIONS,
        Permission.CONFIRM_RUNS,
        Permission.REPORT_INCIDENTS,
    },
    Role.SAFEGUARDING_LEAD: _SEE
    | {
        Permission.SEE_APPLICATIONS,
        Permission.SEE_STUDENTS,
        Permission.LOG_CONTACTS,
        Permission.REPORT_INCIDENTS,
        Permission.SEE_INCIDENTS,
    },
    Role.AUDITOR: _SEE,
    Role.LOCAL_COORDINATOR: frozenset(
        {
            Permission.SEE_CYCLES,
            Permission.SEE_STUDENTS,
            Permission.LOG_CONTACTS,
            Permission.REPORT_INCIDENTS,
        }
    ),
    Role.PARTNER: frozenset(
        {Permission.SEE_CYCLES, Permission.SEE_STUDENTS, Permission.DOWNLOAD_OWN}
    ),
    Role.STUDENT: frozenset(),
    Role.GUARDIAN: frozenset(),
    Role.HOST: frozenset(),
    Role.ANONYMOUS: frozenset(),
}
"""Permissions within one programme. `PUBLIC`, `SIGNED_IN` and the `OWN_…` need no role."""

STAFF_ROLES = tuple(
    role
    for role, permissions in PROGRAMME_PERMISSIONS.items()
    if permissions and role is not Role.ADMINISTRATOR
)
"""The roles that a programme gives."""
NEED_CODES = frozenset({Permission.PUBLISH_RUNS, Permission.CONFIRM_RUNS, Permission.MANAGE_PEOPLE})
"""What is only done after a code of an app."""


def needs_codes(role: Role) -> bool:
    """Say whether the role cannot do its work without an app that shows codes."""
    return bool(NEED_CODES & PROGRAMME_PERMISSIONS[role])


class RoleOfferState(StrEnum):
    """The life of a role that somebody was proposed for."""

    PROPOSED = "proposed"
    """A second person has to confirm it."""
    INVITED = "invited"
    """A mail went out; the role is taken by whoever reads it."""
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"


def may(roles: frozenset[Role], permission: Permission) -> bool:
    """Say whether any of the roles carries the permission."""
    return any(permission in PROGRAMME_PERMISSIONS[role] for role in roles)
