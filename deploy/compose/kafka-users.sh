#!/bin/bash
# The users of the broker in docker-compose.yml, with their passwords, and what each may do: as deploy/k8s/components/strimzi/users.yaml
# has it, and `operator`, who makes topics and runs the commands of docs/operations.md. Everybody else may do nothing.
# It runs beside the broker, in whose network it alone reaches the listener of administrators. Compose runs it again whenever a service
# is started: what it did is noted beside the broker's data, and it does nothing while passwords and rights are the same.
set -euo pipefail
administrators=127.0.0.1:9094
tools=/opt/kafka/bin
export KAFKA_HEAP_OPTS=-Xmx128m
noted=/var/lib/kafka/data/users.sha256
wanted=$(cat "$0" /run/secrets/kafka_*_password | sha256sum)
if [ "$(cat $noted 2>/dev/null)" = "$wanted" ]; then exit 0; fi

user() {
    settings=$(mktemp)
    echo "SCRAM-SHA-512=password=$(cat "/run/secrets/kafka_$1_password")" >"$settings" # not on a command line, which others see
    $tools/kafka-configs.sh --bootstrap-server $administrators --alter --entity-type users --entity-name "$1" --add-config-file "$settings"
    rm "$settings"
}

# allow USER "OPERATION …" KIND=NAME … ; a name that ends with * is a prefix, and then all of the line are.
allow() {
    local pattern=literal operation resource name arguments
    arguments=(--allow-principal "User:$1")
    for operation in $2; do arguments+=(--operation "$operation"); done
    for resource in "${@:3}"; do
        name=${resource#*=}
        arguments+=("--${resource%%=*}" "${name%\*}")
        [ "$name" = "${name%\*}" ] || pattern=prefixed
    done
    $tools/kafka-acls.sh --bootstrap-server $administrators --add --force "${arguments[@]}" --resource-pattern-type $pattern
}

user operator
user ingest
user clock
user compliance

allow ingest "Write Describe" topic=echeance.file-events topic=echeance.dead-letters topic=echeance.audit
# Where it reads topics of other systems on this broker (docs/connect.md), also, for each of them:
# allow ingest "Read Describe" topic=NAME
# allow ingest "Read Describe" "group=echeance.ingest-*"
allow clock "Read Describe" topic=echeance.file-events topic=echeance.dead-letters group=echeance.clock group=echeance.dead-letters
allow clock "Write Describe" topic=echeance.file-events topic=echeance.file-clocks topic=echeance.dead-letters topic=echeance.audit
allow compliance "Read Describe" topic=echeance.file-clocks group=echeance.compliance topic=echeance.audit group=echeance.audit
allow compliance "Write Describe" topic=echeance.breach-alerts topic=echeance.dead-letters topic=echeance.audit
allow compliance "Describe" topic=echeance.file-events
allow operator "All" "topic=echeance.*" "group=echeance.*"

echo "$wanted" >$noted
