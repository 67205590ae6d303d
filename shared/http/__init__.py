"""HTTP for every service: authentication, problem responses, OpenAPI, application assembly."""

from shared.http import credentials, front_door, problem_texts, scrape
from shared.http.application import Readiness, create_application
from shared.http.bodies import body_of
from shared.http.cookies import LANGUAGE_COOKIE, SIGN_IN_COOKIE, UNIT_COOKIE
from shared.http.credentials import SCOPES, Credential, Credentials, CredentialsError, Principal
from shared.http.direct import DirectRoute
from shared.http.event_stream import event_frame, events, heartbeat
from shared.http.front_door import (
    AUDIT_PAGE_PATH,
    AUDIT_PATH,
    DEAD_LETTERS_PATH,
    EVENTS_PATH,
    HOOKS_PATH,
    METRICS_PATH,
    PUBLICATION_PATH,
    STATIC_PATH,
    Guard,
    note_for_audit,
    permission_of,
    principal,
    publisher,
    token_holder,
)
from shared.http.limits import Limiter, RequestRates, address_of
from shared.http.negotiation import language_preferred
from shared.http.openapi import Responses, Schema, problem_responses, schema_of
from shared.http.parameters import (
    AfterCursor,
    FileKey,
    Int32,
    Int64,
    PageLength,
    Reader,
    StandardKey,
    read_cursor,
    write_cursor,
)
from shared.http.problem_texts import DETAILS, TITLES, UNKNOWN_TITLE
from shared.http.problems import ErrorPage, ProblemError, requested_language
from shared.http.receipts import AfterReceipt, ReceiptWaiter
from shared.http.sessions import Session, Sessions, session_key
from shared.http.token_bucket import Rate
