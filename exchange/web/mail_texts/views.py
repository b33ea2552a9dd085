"""The words of mails: all events, one in every language, one in one language to be changed."""

from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.notices.events import (
    EDITABLE,
    PLACEHOLDER,
    SAMPLE,
    audience_of,
    placeholders_of,
    templates_for,
)
from exchange.notices.texts import BASE_URL, Template, write_notice
from exchange.records import Cycle, Programme
from exchange.services import cycles, mail_texts
from exchange.translations import LANGUAGES, known_language
from exchange.web.guards import permit
from exchange.web.mail_texts.forms import RestoreForm, WordsForm
from exchange.web.mail_texts.words import AUDIENCES, EVENTS, PLACEHOLDERS
from exchange.web.request_state import settings

blueprint = Blueprint("mail_texts", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/mail-texts"
ONE = f"{OF_CYCLE}/<event>/<language>"


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as an invented person would get it."""

    sender: str
    recipient: str
    subject: str
    body: str


@blueprint.get(OF_CYCLE)
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """Every mail, in plain words: what it is, when it is sent, and to whom."""
    cycle, programme = _cycle(cycle_id)
    return render_template(
        "mail_texts/index.html",
        cycle=cycle,
        programme=programme,
        audiences=[
            (words, [one for one in templates_for(audience) if one in EDITABLE])
            for audience, words in AUDIENCES.items()
        ],
        events=EVENTS,
        own=mail_texts.own_languages(g.db, programme),
        languages=LANGUAGES,
    )


@blueprint.get(f"{OF_CYCLE}/<event>")
@permit(Permission.MANAGE_CYCLES)
def event(cycle_id: str, event: str) -> Page:
    """One mail in every language, side by side."""
    cycle, programme = _cycle(cycle_id)
    template = _template(event)
    return render_template(
        "mail_texts/event.html",
        cycle=cycle,
        programme=programme,
        template=template,
        event=EVENTS[template],
        audience=AUDIENCES[audience_of(template)],
        words=mail_texts.current_words(g.db, programme, template),
        marked=_marked,
        languages=LANGUAGES,
    )


@blueprint.get(ONE)
@permit(Permission.MANAGE_CYCLES)
def edit(cycle_id: str, event: str, language: str) -> Page:
    """One mail in one language, to be changed, and as it goes out now."""
    cycle, programme = _cycle(cycle_id)
    template, language = _template(event), _language(language)
    words = mail_texts.current_words(g.db, programme, template)[language]
    form = WordsForm(formdata=None)
    form.subject.data, form.body.data = words.subject, words.body
    preview = _preview(cycle, programme, template, language, (words.subject, words.body))
    return _edit_page(cycle, programme, template, language, form, preview)


@blueprint.post(ONE)
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save(cycle_id: str, event: str, language: str) -> Page:
    """Keep the words, or only show how they would look."""
    cycle, programme = _cycle(cycle_id)
    template, language = _template(event), _language(language)
    form = WordsForm()
    is_sent = form.validate() and not form.is_switched
    subject, body = form.subject.data, form.body.data
    try:
        words = mail_texts.checked_words(programme, template, subject=subject, body=body)
    except InvalidInput as refusal:
        form.forget_faults()
        form.add_faults(refusal)
        return _edit_page(cycle, programme, template, language, form, None)
    preview = _preview(cycle, programme, template, language, words)
    if not is_sent or request.form.get("do") == "preview":
        return _edit_page(cycle, programme, template, language, form, preview, is_tried=is_sent)
    try:
        mail_texts.save_words(
            g.db,
            g.actor,
            programme,
            template,
            language,
            subject=subject,
            body=body,
            expected_number=_seen(),
            at=g.now,
        )
    except Conflict as refusal:
        form.add_fault("", refusal.message)
        return _edit_page(cycle, programme, template, language, form, preview)[0], 409
    g.db.commit()
    return _back(cycle, template, language)


@blueprint.post(f"{ONE}/restore")
@permit(Permission.MANAGE_CYCLES)
def restore(cycle_id: str, event: str, language: str) -> Page:
    """Let the words of this service count again; the programme's stay among the versions."""
    cycle, programme = _cycle(cycle_id)
    template, language = _template(event), _language(language)
    mail_texts.restore_default(
        g.db, g.actor, programme, template, language, expected_number=_seen(), at=g.now
    )
    g.db.commit()
    return _back(cycle, template, language)


def _edit_page(
    cycle: Cycle,
    programme: Programme,
    template: Template,
    language: str,
    form: WordsForm,
    preview: Preview | None,
    *,
    is_tried: bool = False,
) -> tuple[str, int]:
    current = mail_texts.current_words(g.db, programme, template)
    body = render_template(
        "mail_texts/edit.html",
        cycle=cycle,
        programme=programme,
        template=template,
        event=EVENTS[template],
        audience=AUDIENCES[audience_of(template)],
        language=language,
        languages=LANGUAGES,
        current=current,
        placeholders=[(name, PLACEHOLDERS[name]) for name in placeholders_of(template)],
        marked=_marked,
        versions=mail_texts.versions_of(g.db, programme, template, language),
        form=form,
        restore_form=RestoreForm(formdata=None),
        seen=request.form.get("seen", current[language].number),
        preview=preview,
        is_tried=is_tried,
    )
    return body, form.status()


def _preview(
    cycle: Cycle,
    programme: Programme,
    template: Template,
    language: str,
    words: tuple[str, str],
) -> Preview:
    names = {
        "programme": programme.name,
        "contact": programme.contact_email,
        "cycle": cycle.name,
    }
    notice = write_notice(template, {**SAMPLE, **names}, language, words=words)
    return Preview(
        sender=settings().mail_from,
        recipient="sample.person@example.org",
        subject=notice.subject,
        body=notice.body.replace(BASE_URL, settings().base_url.rstrip("/")),
    )


def _marked(text: str) -> Markup:
    """Return a text with its placeholders set apart from the words."""
    found = Markup("<code>{}</code>")
    return Markup("").join(
        found.format(f"{{{part}}}") if number % 2 else escape(part)
        for number, part in enumerate(PLACEHOLDER.split(text))
    )


def _cycle(cycle_id: str) -> tuple[Cycle, Programme]:
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    return cycle, g.db.get_one(Programme, cycle.programme_id)


def _template(event: str) -> Template:
    found = next((one for one in EDITABLE if one.value == event), None)
    return found if found is not None else abort(404)


def _language(tag: str) -> str:
    return known_language(tag) or abort(404)


def _seen() -> int:
    word = request.form.get("seen", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 9 else -1


def _back(cycle: Cycle, template: Template, language: str) -> Response:
    address = url_for(
        "mail_texts.edit", cycle_id=cycle.public_id, event=template.value, language=language
    )
    return redirect(address, 303)
