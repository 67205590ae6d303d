#!/bin/bash
# As Apache Kafka's own.
# shellcheck disable=SC2086 — several options
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} -cp '/opt/kafka/libs/*' org.apache.kafka.tools.AclCommand "$@"
