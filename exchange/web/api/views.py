"""The API as a blueprint: all of its operations, and the document that describes them."""

from flask import Response, current_app

from exchange.domain.roles import Permission
from exchange.web.api import applications, cycles, exports, runs
from exchange.web.api.answering import JSON, tagged, unless_known
from exchange.web.api.openapi import document_bytes
from exchange.web.api.operations import blueprint
from exchange.web.guards import permit

__all__ = ["applications", "blueprint", "cycles", "exports", "runs"]


@blueprint.get("/openapi.json")
@permit(Permission.PUBLIC)
def openapi() -> Response:
    """The OpenAPI document; it names addresses and values, and nobody."""
    return unless_known(tagged(Response(document_bytes(current_app), content_type=JSON)))
