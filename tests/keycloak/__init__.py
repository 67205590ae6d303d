"""Signing in at a real provider: Keycloak. What none can be made to say is tested on one of our own, in ``services/compliance/people``."""
