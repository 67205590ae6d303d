"""Topic IDs (KIP-516): a topic recreated under the same name has another one.

aiokafka's metadata requests are of versions without topic IDs; this is version 12 of the request
(Kafka 2.8 and later), for one topic by its name.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NodeNotReadyError, UnknownTopicOrPartitionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from typing_extensions import override

from shared.log.ports import Identity

_BYTES: Final = 16
_BY_NAME: Final = bytes(_BYTES)


class _Uuid(AbstractType[bytes]):  # type: ignore[misc]  # untyped in aiokafka
    """A UUID, as its bytes."""

    @classmethod
    @override
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    @override
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(_BYTES)


_TAGS = ("tags", TaggedFields)
_TEXT = CompactString("utf-8")
_NUMBERS = CompactArray(Int32)


class _MetadataResponse(Response):  # type: ignore[misc]  # untyped in aiokafka
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS
            ),
        ),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline_replicas", _NUMBERS),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc]  # untyped in aiokafka
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc]  # untyped in aiokafka
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    @override
    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> _MetadataRequestStruct:
        return request_struct_class([(_BY_NAME, self._topic, {})], False, False, {})


async def identity(client: AIOKafkaClient, topic: str) -> Identity | None:
    """A topic's ID, in hexadecimal, and its partitions; None if unknown. Raises ``KafkaError``."""
    node = client.get_random_node()
    if node is None:
        raise NodeNotReadyError("no broker is known")
    answer: Any = await client.send(node, _MetadataRequest(topic))
    ((code, _, identifier, _, partitions, *_),) = answer.topics
    if for_code(code) is UnknownTopicOrPartitionError:
        return None
    if code:
        raise for_code(code)(topic)
    return Identity(bytes(identifier).hex(), len(partitions))
