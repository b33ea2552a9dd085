"""What a scope of a token is called, and what it lets a program do."""

from exchange.domain.api_scopes import Scope
from exchange.web.i18n import lazy_gettext as _l

SCOPES = {
    Scope.CYCLES_READ: _l("Read cycles and how many signed up"),
    Scope.APPLICATIONS_READ: _l("Read applications, without names"),
    Scope.PEOPLE_READ: _l("Read names, dates of birth and how to reach people"),
    Scope.SPECIAL_READ: _l("Read health, diet, gender, letters and other delicate answers"),
    Scope.APPLICATIONS_WRITE: _l("Send in applications and correct their answers"),
    Scope.CHECKS_READ: _l("Read the checks of hosts"),
    Scope.CHECKS_WRITE: _l("Note checks of hosts"),
    Scope.RULES_READ: _l("Read the rules of the match"),
    Scope.RUNS_READ: _l("Read match runs and their reports"),
    Scope.RUNS_WRITE: _l("Start and cancel match runs"),
    Scope.PLACEMENTS_READ: _l("Read who is placed with whom, by ids"),
    Scope.EXPORTS_READ: _l("Download files"),
}

LIFETIMES = {
    30: _l("30 days"),
    90: _l("90 days"),
    180: _l("180 days"),
    365: _l("365 days"),
}
