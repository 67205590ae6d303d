"""Why brokers cannot be reached: connection refused, an untrusted certificate, a wrong password.

aiokafka logs the cause and raises only that it could not connect. The message must say whether to
wait or to correct a setting, so one more connection to the first broker finds the cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed


async def failure_reason(bootstrap: str, options: Mapping[str, Any], error: Exception) -> str:
    """The cause of an error of the client, or the error if the first broker can be reached."""
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
