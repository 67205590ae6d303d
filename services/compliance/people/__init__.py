"""The people who sign in: their sessions, and with OpenID Connect their provider and their rights."""

from services.compliance.people import access_file
from services.compliance.people.keeper import SessionKeeper
from services.compliance.people.service import people
from services.compliance.people.store import SessionStore, StoredSession
