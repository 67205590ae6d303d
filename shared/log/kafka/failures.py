"""Why brokers cannot be reached: refused, not trusted, a wrong password.

The client logs the reason and raises only that it could not begin. Whoever reads the error, and not the log, must know whether to
wait for the brokers or to correct a setting; so the first broker is asked once more, alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed


async def failure_reason(bootstrap: str, options: Mapping[str, Any], error: Exception) -> str:
    """What stands behind an error of the client, for people; the error itself where the first broker can be reached."""
    if not isinstance(error, KafkaConnectionError):
        return f"the brokers do not answer: {error!r}"
    address = bootstrap.split(",")[0]
    host, _, port = address.rpartition(":")
    try:
        connection = await create_conn(host, int(port), **options)
    except SaslAuthenticationFailed as refused:
        return f"{address} refuses the user {options['sasl_plain_username']!r}, or its password: {refused}"
    except (KafkaError, OSError) as cause:
        return f"the brokers do not answer: {address}: {cause!r}"
    connection.close()
    return f"the brokers do not answer: {error!r}"
