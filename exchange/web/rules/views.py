"""The rules of a cycle: seen, changed with a reason, taken from a file, and all their versions."""

from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.domain.rule_packs import RULE_PACKS, PackName
from exchange.domain.rules import Rules
from exchange.errors import Conflict, RulesError
from exchange.exports.rules_toml import rules_toml
from exchange.intake.rules import read_rules
from exchange.records import Cycle, MatchRun, Programme, RuleVersion
from exchange.services import cycles, rule_people, rule_versions
from exchange.services.rule_people import Pairs
from exchange.services.rule_versions import rules_of
from exchange.web.base_form import BaseForm
from exchange.web.guards import permit
from exchange.web.i18n import format_moment, ngettext
from exchange.web.i18n import gettext as _
from exchange.web.rules.forms import (
    AS_NOW,
    GROUPS,
    ReasonForm,
    RulesForm,
    UploadRulesForm,
    filled_form,
)
from exchange.web.rules.pack_form import PackForm
from exchange.web.rules.words import PACK_EFFECTS, change_words, number_words, pack_rule_words
from exchange.web.screening.words import PACKS

blueprint = Blueprint("rules", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/rules"
MAX_BYTES = 1_000_000
FORM_AROUND_FILE = 64 * 1024
TOML = "application/toml; charset=utf-8"
_FILE = "RULES.toml"


@blueprint.get(OF_CYCLE)
@permit(Permission.SEE_RUNS)
def show(cycle_id: str) -> Page:
    """The rules in force, in words."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    rules = rules_of(cycle.rules)
    return render_template(
        "rules/show.html",
        **_frame(cycle),
        groups=_shown(cycle, rules),
        rules=rules,
        pack=RULE_PACKS[cycle.rule_pack],
        pack_words=PACKS[cycle.rule_pack],
        **_PACK_WORDS,
        version=rule_versions.current_version(g.db, cycle.id),
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
    )


@blueprint.get(f"{OF_CYCLE}/edit")
@permit(Permission.MANAGE_CYCLES)
def edit(cycle_id: str) -> Page:
    """Change anything but nation pairs and the rule pack."""
    cycle = _mine(cycle_id)
    rules = rules_of(cycle.rules)
    earlier = _earlier(cycle)
    form = filled_form(rules, rule_people.named_in(g.db, cycle, rules), _offered(cycle, earlier))
    return _edit_page(cycle, form)


@blueprint.post(f"{OF_CYCLE}/edit")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save(cycle_id: str) -> Page:
    """Make what was typed the next version."""
    cycle = _mine(cycle_id)
    now = rules_of(cycle.rules)
    earlier = _earlier(cycle)
    form = RulesForm(_offered(cycle, earlier))
    form.validate()
    chosen: dict[str, Pairs] = {AS_NOW: now.previous}
    if form.previous.data in earlier:
        chosen[form.previous.data] = rule_people.placements_of(g.db, earlier[form.previous.data])
    _check_seen(cycle, form)
    rules = form.rules(now, rule_people.directory(g.db, cycle), chosen)
    if rules is None or form.fault_lines():
        return _edit_page(cycle, form)
    return _set(cycle, form, rules) or _edit_page(cycle, form)


@blueprint.get(f"{OF_CYCLE}/pack")
@permit(Permission.MANAGE_CYCLES)
def pack(cycle_id: str) -> Page:
    """Choose the rule pack, each with all of its rules."""
    cycle = _mine(cycle_id)
    return _pack_page(cycle, PackForm(formdata=None, data={"pack": cycle.rule_pack.value}))


@blueprint.post(f"{OF_CYCLE}/pack")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save_pack(cycle_id: str) -> Page:
    """Give the cycle another rule pack."""
    cycle = _mine(cycle_id)
    form = PackForm()
    form.validate()
    _check_seen(cycle, form)
    if not form.fault_lines() and form.pack.data == cycle.rule_pack.value:
        form.add_fault("pack", _("The cycle has this rule pack already."))
    if form.fault_lines():
        return _pack_page(cycle, form)
    cycles.set_rule_pack(
        g.db, g.actor, cycle, PackName(form.pack.data), g.now, reason=form.reason.data
    )
    g.db.commit()
    return _to_rules(cycle)


@blueprint.get(f"{OF_CYCLE}/file")
@permit(Permission.SEE_RUNS)
def download(cycle_id: str) -> Response:
    """The rules as a file that `exchange match` and the upload page read."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    response = make_response(rules_toml(rules_of(cycle.rules)))
    response.headers["Content-Type"] = TOML
    response.headers["Content-Disposition"] = f'attachment; filename="{_FILE}"'
    return response


@blueprint.get(f"{OF_CYCLE}/upload")
@permit(Permission.MANAGE_CYCLES)
def upload(cycle_id: str) -> Page:
    """Choose a file of rules."""
    return _upload_page(_mine(cycle_id), UploadRulesForm(formdata=None))


@blueprint.post(f"{OF_CYCLE}/upload")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True, max_bytes=MAX_BYTES + FORM_AROUND_FILE)
def take_file(cycle_id: str) -> Page:
    """Make the rules of a file the next version; what it leaves out takes its default."""
    cycle = _mine(cycle_id)
    form = UploadRulesForm()
    form.validate()
    _check_seen(cycle, form)
    rules = None if form.file.errors else _rules_in_file(cycle, form)
    if rules is None or form.fault_lines():
        return _upload_page(cycle, form)
    return _set(cycle, form, rules) or _upload_page(cycle, form)


def _rules_in_file(cycle: Cycle, form: UploadRulesForm) -> Rules | None:
    content = form.file.data.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        form.add_fault("file", _("The file is larger than 1 MB."))
        return None
    try:
        rules = read_rules(content, name=_FILE)
    except RulesError as refusal:
        form.add_fault("file", refusal.message)
        return None
    rules, unknown = rule_people.resolve_rules(g.db, cycle, rules)
    if unknown:
        form.add_fault(
            "file",
            ngettext(
                "%(num)d id in it is nobody’s in this cycle. Check it.",
                "%(num)d ids in it are nobody’s in this cycle. Check them.",
                len(unknown),
            ),
        )
        return None
    return rules


@blueprint.get(f"{OF_CYCLE}/versions")
@permit(Permission.SEE_RUNS)
def history(cycle_id: str) -> Page:
    """Every version, the latest first, with what it changed."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    lines = rule_versions.history(g.db, g.actor, cycle, before=_before())
    return render_template(
        "rules/history.html",
        **_frame(cycle),
        lines=[(line, [change_words(one) for one in line.changes]) for line in lines],
        packs=PACKS,
        newest=rule_versions.current_number(g.db, cycle.id),
    )


def _before() -> int | None:
    word = request.args.get("before", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 8 else None


@blueprint.get(f"{OF_CYCLE}/versions/<int(max=1000000):number>")
@permit(Permission.SEE_RUNS)
def version(cycle_id: str, number: int) -> Page:
    """One version, beside the one in force."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    found = rule_versions.get_version(g.db, g.actor, cycle, number)
    return _version_page(cycle, found, ReasonForm(formdata=None))


@blueprint.post(f"{OF_CYCLE}/versions/<int(max=1000000):number>")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def restore(cycle_id: str, number: int) -> Page:
    """Make an earlier version the next one."""
    cycle = _mine(cycle_id)
    found = rule_versions.get_version(g.db, g.actor, cycle, number)
    form = ReasonForm()
    form.validate()
    _check_seen(cycle, form)
    if form.fault_lines():
        return _version_page(cycle, found, form)
    try:
        cycles.restore_rules(g.db, g.actor, cycle, found, g.now, reason=form.reason.data)
    except Conflict as refusal:
        g.db.rollback()
        form.form_errors.append(refusal.message)
        return _version_page(_mine(cycle_id), found, form)
    g.db.commit()
    return _to_rules(cycle)


def _version_page(cycle: Cycle, found: RuleVersion, form: ReasonForm) -> Page:
    current = rule_versions.current_version(g.db, cycle.id)
    assert current is not None
    changes = rule_versions.differences(current, found)
    body = render_template(
        "rules/version.html",
        **_frame(cycle),
        version=found,
        changes=[change_words(one) for one in changes],
        is_other=bool(changes) or current.rule_pack is not found.rule_pack,
        current=current,
        packs=PACKS,
        groups=_shown(cycle, rules_of(found.rules)),
        rules=rules_of(found.rules),
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
        form=form,
    )
    return body, form.status()


def _set(cycle: Cycle, form: BaseForm, rules: Rules) -> Response | None:
    """Store new rules and lead back; None when the form has to say why not."""
    if rules.to_json() == rules_of(cycle.rules).to_json():
        form.form_errors.append(_("Nothing differs from the rules in force."))
        return None
    try:
        cycles.set_rules(g.db, g.actor, cycle, rules, g.now, reason=form["reason"].data)
    except Conflict as refusal:
        g.db.rollback()
        form.form_errors.append(refusal.message)
        return None
    g.db.commit()
    return _to_rules(cycle)


def _check_seen(cycle: Cycle, form: BaseForm) -> None:
    """Refuse what was typed over rules that somebody else has changed since."""
    if request.form.get("seen") != str(rule_versions.current_number(g.db, cycle.id)):
        form.form_errors.append(
            _("Somebody else has changed the rules since you opened this page. Check them again.")
        )


def _mine(cycle_id: str) -> Cycle:
    return cycles.get_cycle(g.db, g.actor, cycle_id, Permission.MANAGE_CYCLES)


def _to_rules(cycle: Cycle) -> Response:
    return redirect(url_for("rules.show", cycle_id=cycle.public_id), 303)


def _frame(cycle: Cycle) -> dict[str, Any]:
    return {"cycle": cycle, "programme": g.db.get(Programme, cycle.programme_id)}


def _form_frame(cycle: Cycle, form: BaseForm) -> dict[str, Any]:
    seen = rule_versions.current_number(g.db, cycle.id)
    return {**_frame(cycle), "form": form, "seen": seen}


def _shown(cycle: Cycle, rules: Rules) -> list[tuple[str, Any, list[Any]]]:
    """The rules by heading: each with its words, or none where it is not set."""
    form = filled_form(rules, rule_people.named_in(g.db, cycle, rules))
    shown = []
    for id_, heading, names in GROUPS:
        lines = [
            (form[name].label.text, form[name].shown()) for name in names if name != "previous"
        ]
        if "previous" in names and rules.previous:
            count = ngettext("%(num)d placement", "%(num)d placements", len(rules.previous))
            lines.insert(0, (form.previous.label.text, [count]))
        shown.append((id_, heading, lines))
    return shown


def _earlier(cycle: Cycle) -> dict[str, MatchRun]:
    return {run.public_id: run for run in rule_people.earlier_runs(g.db, cycle)}


def _offered(cycle: Cycle, earlier: dict[str, MatchRun]) -> list[tuple[str, Any]]:
    """The earlier placements that may be kept: those of now, and those of each finished run."""
    kept = len(rules_of(cycle.rules).previous)
    offered: list[tuple[str, Any]] = []
    if kept:
        words = ngettext("As now: %(num)d placement", "As now: %(num)d placements", kept)
        offered.append((AS_NOW, words))
    for run_id, run in earlier.items():
        when = format_moment(run.created_at, cycle.time_zone)
        offered.append((run_id, _("Those of the run of %(moment)s", moment=when)))
    return offered


def _edit_page(cycle: Cycle, form: RulesForm) -> Page:
    body = render_template("rules/edit.html", **_form_frame(cycle, form), groups=GROUPS)
    return body, form.status()


_PACK_WORDS = {
    "effects": PACK_EFFECTS,
    "rule_words": pack_rule_words,
    "number_words": number_words,
}


def _pack_page(cycle: Cycle, form: PackForm) -> Page:
    packs = [(one, PACKS[one.name]) for one in RULE_PACKS.values()]
    body = render_template(
        "rules/pack.html", **_form_frame(cycle, form), packs=packs, **_PACK_WORDS
    )
    return body, form.status()


def _upload_page(cycle: Cycle, form: UploadRulesForm) -> Page:
    return render_template("rules/upload.html", **_form_frame(cycle, form)), form.status()
