"""Alembic's environment, within the transaction of :func:`shared.database.migrations.migrate`."""

from __future__ import annotations

from typing import Any

from alembic import context

_attributes = context.config.attributes


def _applied(ctx: object, step: Any, heads: object, run_args: object) -> None:
    _attributes["report"](step.up_revision_id, step.up_revision.doc)


context.configure(connection=_attributes["connection"], on_version_apply=_applied)
context.run_migrations()
