"""Two runs of a cycle side by side: certificate, rules, who moved, who gained and who lost."""

from typing import Any

from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.domain.rule_changes import changes_between
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import rule_people, run_comparison, runs
from exchange.services.labels import labels_of
from exchange.services.rule_versions import rules_of
from exchange.web.desk_words import RUN_STATES
from exchange.web.guards import permit
from exchange.web.i18n import country_name
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.rules.words import change_words

blueprint = Blueprint("comparison", __name__)

Page = str | Response | tuple[str, int]
MOST = 100
"""People shown of each kind; the placements of both runs can be downloaded whole."""
KINDS = (
    ("moved", _l("Students who move")),
    ("gained", _l("Students who gain a place")),
    ("lost", _l("Students who lose their place")),
)


@blueprint.get("/runs/<id:run_id>/compare")
@permit(Permission.SEE_RUNS)
def show(run_id: str) -> Page:
    """Choose another run, or see both."""
    run = runs.get_run(g.db, g.actor, run_id)
    cycle = g.db.get(Cycle, run.cycle_id)
    others = [one for one in rule_people.earlier_runs(g.db, cycle) if one.id != run.id]
    frame = {
        "run": run,
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "others": others,
        "states": RUN_STATES,
        "may_look": g.actor.may(Permission.SEE_APPLICATIONS, cycle.programme_id),
    }
    wanted = request.args.get("with", "")
    if not wanted:
        return render_template("comparison/show.html", before=None, **frame)
    before = runs.get_run(g.db, g.actor, wanted)
    return render_template("comparison/show.html", before=before, **frame, **_compared(before, run))


def _compared(before: MatchRun, after: MatchRun) -> dict[str, Any]:
    found = run_comparison.compare_runs(g.db, g.actor, before, after)
    shown = {name: getattr(found, name)[:MOST] for name, _words in KINDS}
    people = [one for some in shown.values() for one in some]
    students, hosts = run_comparison.name_people(
        g.db,
        (one.student for one in people),
        (host for one in people for host in (one.before, one.after) if host is not None),
    )
    changes = changes_between(rules_of(before.rules), rules_of(after.rules))
    return {
        "comparison": found,
        "kinds": [(name, words, shown[name], len(getattr(found, name))) for name, words in KINDS],
        "labels": labels_of(
            g.db,
            g.actor,
            after.cycle_id,
            [one.public_id for one in (*students.values(), *hosts.values())],
        ),
        "students": students,
        "hosts": hosts,
        "changes": [change_words(one) for one in changes],
        "country_name": country_name,
        "most": MOST,
    }
