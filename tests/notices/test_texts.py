"""Mails: neutral outside, plain inside, in every language."""

import pytest

from exchange.notices.texts import Template, write_notice
from exchange.translations import LANGUAGES

WITHOUT_TOKEN = (
    Template.SIGN_IN_CHANGED,
    Template.ROLE_OFFERED,
    Template.ANNOUNCEMENT,
    Template.ANNOUNCEMENT_TO_GUARDIAN,
)
CONTEXT = {"message": "Words", "token": "TOKEN", "reference": "S-7K3M-92QF"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", Template)
def test_notice_is_plain_and_its_subject_names_nothing(template: Template, language: str) -> None:
    notice = write_notice(template, CONTEXT, language)
    english = write_notice(template, CONTEXT, "en")
    path = {
        Template.GUARDIAN_ASKED: "guardian/open",
        Template.GUARDIAN_ASKED_AGAIN: "guardian/open",
        Template.GUARDIAN_WITHDREW: "applications",
        Template.PLACEMENTS_FOUND: "cycles",
        Template.HOUSEHOLD_CHANGED: "applications",
        Template.RESUME: "resume/open",
        Template.DRAFT_REMINDER: "resume/open",
        Template.OFFER_TO_GUARDIAN: "guardian/open",
        Template.NEWS_TO_GUARDIAN: "guardian/open",
        Template.PUBLICATION_PROPOSED: "runs",
        Template.PASSWORD_LINK: "sign-in/new-password",
        Template.EMAIL_LINK: "account/email/confirm",
        Template.SIGN_IN_CHANGED: "account",
        Template.CONTACTS_DUE: "cycles",
        Template.CONTACTS_OVERDUE: "cycles",
        Template.HELP_ASKED: "incidents",
        Template.HELP_LATE: "incidents",
        Template.HELP_OUTSIDE: "incidents",
        Template.RELOCATION_ASKED: "cycles",
        Template.ERASURE_WAITS: "incidents",
        Template.ROLE_PROPOSED: "programmes",
        Template.INVITATION: "invitation",
        Template.ROLE_OFFERED: "account/roles",
        Template.REMIND_DRAFT: "resume/open",
        Template.REMIND_GUARDIAN: "guardian/open",
        Template.REMIND_OFFER_GUARDIAN: "guardian/open",
        Template.REMIND_STAFF_WAITING: "cycles",
        Template.REMIND_STAFF_HOLDS: "cycles",
        Template.ANNOUNCEMENT: "application/link",
        Template.ANNOUNCEMENT_TO_GUARDIAN: "guardian/link",
    }.get(template, "application/open")
    token = "\n" if template in WITHOUT_TOKEN else "/TOKEN\n"
    assert f"{{base_url}}/{path}{token}" in notice.body
    assert "{" not in notice.body.replace("{base_url}", "")
    assert ("S-7K3M-92QF" in notice.body) is ("S-7K3M-92QF" in english.body)
    assert len(notice.subject) <= 60
    assert "S-7K3M" not in notice.subject
    assert all(len(line) <= 78 for line in notice.body.splitlines())
    assert (notice.subject == english.subject) is (language == "en")
    assert (notice.body == english.body) is (language == "en")
    is_secret = path.rpartition("/")[2] in ("open", "new-password", "confirm", "invitation")
    assert ("{link}" in notice.kept, "TOKEN" in notice.kept) == (
        is_secret,
        not is_secret and "TOKEN" in notice.body,
    )


def test_notice_without_its_link_is_not_written() -> None:
    with pytest.raises(KeyError, match="token"):
        write_notice(Template.RESULT, {"reference": "S-7K3M-92QF"}, "en")
