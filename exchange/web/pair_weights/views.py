"""What each pair of nations counts for in a cycle: searched, seen as a picture, changed."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from exchange.domain.nation import NATIONS, pair_key
from exchange.domain.roles import Permission
from exchange.domain.rules import Rules
from exchange.errors import Conflict, NotFound
from exchange.exports.weights_svg import PairWeight, weights_svg
from exchange.records import Cycle, Programme
from exchange.services import cycles, pair_weights, rule_versions
from exchange.services.pair_weights import PER_PAGE, WeighedPair
from exchange.services.rule_versions import rules_of
from exchange.web.guards import permit
from exchange.web.i18n import country_choices, country_name, current_language
from exchange.web.i18n import gettext as _
from exchange.web.pair_weights.forms import FlattenForm, PairForm
from exchange.web.rules.words import pair_words

blueprint = Blueprint("pair_weights", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/rules/nations"
MOST_DRAWN = 60
"""Nations in the picture; with more, nobody could read it."""
MOST_SEARCHED = 100


@blueprint.get(OF_CYCLE)
@permit(Permission.SEE_RUNS)
def index(cycle_id: str) -> Page:
    """The weights of the pairs that signed up, or of those that are searched for."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    search = request.args.get("search", "").strip()[:MOST_SEARCHED]
    rules = rules_of(cycle.rules)
    nations = pair_weights.nations_of(g.db, cycle)
    pairs = pair_weights.weigh_all(rules, nations)
    found = _found(rules, pairs, search) if search else pairs
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(_page_number(), pages)
    return render_template(
        "pair_weights/index.html",
        **_frame(cycle),
        pairs=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(found),
        page={"page": page, "pages": pages},
        search=search,
        changes=rule_versions.pair_changes(g.db, cycle),
        picture=Markup(_drawn(nations, pairs)) if len(nations) <= MOST_DRAWN else None,  # noqa: S704
        rules=rules,
        country_name=country_name,
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
        form=FlattenForm(formdata=None),
    )


def _found(rules: Rules, pairs: list[WeighedPair], search: str) -> list[WeighedPair]:
    """The pairs of every nation that the words name; pairs of two that are named come first.

    What is searched for by name need not have signed up: a weight may be set beforehand.
    """
    terms = search.casefold().replace(",", " ").replace("-", " ").split()
    named = {
        code for code, name in country_choices() if any(_names(term, code, name) for term in terms)
    }
    signed_up = {nation for pair in pairs for nation in pair.key}
    among = {pair_key(a, b) for a in named for b in named | signed_up if a != b}
    found = [pair_weights.weigh(rules, a, b) for a, b in sorted(among)]
    return sorted(found, key=lambda one: -len(named & set(one.key)))


def _names(term: str, code: str, name: str) -> bool:
    """Say whether a word means a nation; two letters that are a code mean that one only."""
    if term.upper() in NATIONS:
        return term.upper() == code
    return term in name.casefold()


def _page_number() -> int:
    word = request.args.get("page", "1")
    is_number = word.isascii() and word.isdigit() and len(word) < 6
    return max(int(word), 1) if is_number else 1


def _drawn(nations: tuple[str, ...], pairs: list[WeighedPair]) -> str:
    weights = [
        PairWeight(*one.key, one.weight, one.own is not None or one.is_contested) for one in pairs
    ]
    return weights_svg(
        nations,
        weights,
        title=_("Weights of pairs of nations"),
        standalone=False,
        language=current_language(),
    )


@blueprint.get(f"{OF_CYCLE}/<pair>")
@permit(Permission.MANAGE_CYCLES)
def edit(cycle_id: str, pair: str) -> Page:
    """One pair, to be changed."""
    cycle, weighed = _mine(cycle_id, pair)
    values = {"weight": weighed.own, "contested": weighed.is_contested}
    return _edit_page(cycle, weighed, PairForm(formdata=None, data=values))


@blueprint.post(f"{OF_CYCLE}/<pair>")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save(cycle_id: str, pair: str) -> Page:
    """Make it a new version of the rules."""
    cycle, weighed = _mine(cycle_id, pair)
    form = PairForm()
    form.validate()
    weight, is_contested = form.weight.data, bool(form.contested.data)
    is_same = (weight, is_contested) == (weighed.own, weighed.is_contested)
    if not form.fault_lines() and is_same:
        form.form_errors.append(_("Nothing differs from the rules in force."))
    if form.fault_lines():
        return _edit_page(cycle, weighed, form)
    try:
        pair_weights.set_pair(
            g.db,
            g.actor,
            cycle,
            weighed.key,
            weight=weight,
            is_contested=is_contested,
            reason=form.reason.data,
            at=g.now,
        )
    except Conflict as refusal:
        g.db.rollback()
        form.form_errors.append(refusal.message)
        return _edit_page(*_mine(cycle_id, pair), form)
    g.db.commit()
    names = "-".join(weighed.key)
    return redirect(url_for("pair_weights.index", cycle_id=cycle_id, search=names), 303)


@blueprint.get(f"{OF_CYCLE}/flatten")
@permit(Permission.MANAGE_CYCLES)
def confirm_flatten(cycle_id: str) -> Page:
    """Ask why all pairs should weigh the same, or differ again."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.MANAGE_CYCLES)
    return _flatten_page(cycle, FlattenForm(formdata=None))


@blueprint.post(f"{OF_CYCLE}/flatten")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def flatten(cycle_id: str) -> Page:
    """Have all pairs weigh 1, or each its own again."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.MANAGE_CYCLES)
    form = FlattenForm()
    form.validate()
    wanted = request.form.get("flatten") == "yes"
    if not form.fault_lines() and wanted == rules_of(cycle.rules).flatten:
        form.form_errors.append(_("Nothing differs from the rules in force."))
    if form.fault_lines():
        return _flatten_page(cycle, form)
    pair_weights.flatten_pairs(
        g.db, g.actor, cycle, flatten=wanted, reason=form.reason.data, at=g.now
    )
    g.db.commit()
    return redirect(url_for("pair_weights.index", cycle_id=cycle_id), 303)


def _mine(cycle_id: str, pair: str) -> tuple[Cycle, WeighedPair]:
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.MANAGE_CYCLES)
    codes = pair.split("-")
    if len(codes) != 2 or not set(codes) <= NATIONS or codes != sorted(set(codes)):
        raise NotFound("There is nothing at this address.")
    return cycle, pair_weights.weigh(rules_of(cycle.rules), *codes)


def _frame(cycle: Cycle) -> dict[str, Any]:
    return {"cycle": cycle, "programme": g.db.get(Programme, cycle.programme_id)}


def _edit_page(cycle: Cycle, weighed: WeighedPair, form: PairForm) -> Page:
    body = render_template(
        "pair_weights/edit.html",
        **_frame(cycle),
        weighed=weighed,
        words=pair_words(*weighed.key),
        rules=rules_of(cycle.rules),
        form=form,
    )
    return body, form.status()


def _flatten_page(cycle: Cycle, form: FlattenForm) -> Page:
    is_flat = rules_of(cycle.rules).flatten
    body = render_template("pair_weights/flatten.html", **_frame(cycle), is_flat=is_flat, form=form)
    return body, form.status()
