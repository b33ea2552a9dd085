"""The language that somebody reads: kept with everything of theirs that mails are written for."""

from sqlmodel import Session, col, update

from exchange.records import Account, Application, Draft


def remember_language(
    session: Session,
    language: str,
    *,
    account_id: int | None,
    application_id: int | None,
    web_session_id: int | None,
) -> None:
    """Keep a choice for an account, for an application, and for the drafts of a browser."""
    connection = session.connection()
    if account_id is not None:
        connection.execute(
            update(Account).where(col(Account.id) == account_id).values(language=language)
        )
    if application_id is not None:
        connection.execute(
            update(Application)
            .where(col(Application.id) == application_id)
            .values(language=language)
        )
    if web_session_id is not None:
        connection.execute(
            update(Draft)
            .where(
                col(Draft.web_session_id) == web_session_id,
                col(Draft.submitted_application_id).is_(None),
            )
            .values(language=language)
        )


def kept_language(
    session: Session, *, account_id: int | None, application_id: int | None
) -> str | None:
    """Return what an account or an application was kept with; None where nothing was."""
    if account_id is not None:
        account = session.get(Account, account_id)
        return account.language if account else None
    application = session.get(Application, application_id or 0)
    return application.language if application else None
