"""The words of the pages about who works for a programme."""

from exchange.domain.roles import Role, RoleOfferState
from exchange.web.i18n import lazy_gettext as _l

ROLES = {
    Role.COORDINATOR: _l("Coordinator"),
    Role.REVIEWER: _l("Reviewer"),
    Role.LOCAL_COORDINATOR: _l("Local coordinator"),
    Role.PARTNER: _l("Partner"),
    Role.SAFEGUARDING_LEAD: _l("Safeguarding lead"),
    Role.AUDITOR: _l("Auditor"),
    Role.PROGRAMME_ADMINISTRATOR: _l("Programme administrator"),
}

WHAT_ROLES_DO = {
    Role.COORDINATOR: _l(
        "Coordinator: does everything that a cycle needs, from rules to offers and files"
    ),
    Role.REVIEWER: _l(
        "Reviewer: the second pair of eyes, judges applications and confirms what is published"
    ),
    Role.LOCAL_COORDINATOR: _l(
        "Local coordinator: sees the students of their own caseload and their hosts, and notes "
        "contacts"
    ),
    Role.PARTNER: _l(
        "Partner: sees how far the students of one sending organisation are, and no host"
    ),
    Role.SAFEGUARDING_LEAD: _l("Safeguarding lead: sees all applications"),
    Role.AUDITOR: _l("Auditor: sees cycles and runs without names, and changes nothing"),
    Role.PROGRAMME_ADMINISTRATOR: _l(
        "Programme administrator: does what a coordinator does, and decides who works here"
    ),
}

STATES = {
    RoleOfferState.PROPOSED: (_l("Waits for a second person"), "warm"),
    RoleOfferState.INVITED: (_l("Invited"), ""),
}
