"""Mails: neutral outside, plain inside."""

import pytest

from exchange.notices.texts import Template, write_notice

CONTEXT = {"token": "TOKEN", "reference": "S-7K3M-92QF"}


@pytest.mark.parametrize("template", Template)
def test_notice_is_plain_and_its_subject_names_nothing(template: Template) -> None:
    notice = write_notice(template, CONTEXT)
    path = {
        Template.GUARDIAN_ASKED: "guardian/open",
        Template.GUARDIAN_WITHDREW: "applications",
        Template.RESUME: "resume/open",
        Template.DRAFT_REMINDER: "resume/open",
    }.get(template, "application/open")
    assert f"{{base_url}}/{path}/TOKEN" in notice.body
    assert "{" not in notice.body.replace("{base_url}", "")
    assert notice.subject.isascii()
    assert len(notice.subject) <= 60
    assert "S-7K3M" not in notice.subject
    assert all(len(line) <= 78 for line in notice.body.splitlines())


def test_notice_without_its_link_is_not_written() -> None:
    with pytest.raises(KeyError, match="token"):
        write_notice(Template.RESULT, {"reference": "S-7K3M-92QF"})
