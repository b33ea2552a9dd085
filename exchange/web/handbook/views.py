"""The handbook: its index, its pages and their pictures. Anybody may read it."""

import io

from flask import Blueprint, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.web.guards import permit
from exchange.web.handbook import contents, pages

blueprint = Blueprint("handbook", __name__)


@blueprint.get("/handbook")
@permit(Permission.PUBLIC)
def index() -> str:
    """Every page, in the order in which the work comes."""
    titles = {slug: pages.read(slug).title for slug in contents.slugs()}
    return render_template("handbook/index.html", groups=contents.GROUPS, titles=titles)


@blueprint.get("/handbook/<slug>")
@permit(Permission.PUBLIC)
def show(slug: str) -> str:
    """One page."""
    if slug not in contents.slugs():
        raise NotFound("There is no such page in the handbook.")
    source = pages.read(slug)
    return render_template(
        "handbook/show.html",
        title=source.title,
        sections=pages.sections(slug),
        neighbours=[(one, pages.read(one).title) for one in source.neighbours],
    )


@blueprint.get("/handbook/pictures/<name>")
@permit(Permission.PUBLIC)
def picture(name: str) -> Response:
    """A picture of the application, as a file of the package."""
    found = {one.name: one for one in (pages.folder() / pages.PICTURES).iterdir()}
    if not name.endswith(".webp") or name not in found:
        raise NotFound("There is no such picture in the handbook.")
    with found[name].open("rb") as file:
        return send_file(io.BytesIO(file.read()), mimetype="image/webp")


@blueprint.app_template_global()
def help_page() -> str | None:
    """The address of the page that helps with the one that is shown."""
    slug = contents.help_for(request.endpoint)
    return url_for("handbook.show", slug=slug) if slug else None
