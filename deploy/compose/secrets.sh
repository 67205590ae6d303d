#!/bin/sh
# The secrets of docker-compose.yml, under deploy/secrets: what is missing is made, what is there stays.
#   deploy/compose/secrets.sh                        make them
#   deploy/compose/secrets.sh renew [NAME …]         new certificates for these servers, or for all; the authority stays
#   deploy/compose/secrets.sh ends                   when each certificate ends
#   deploy/compose/secrets.sh token new NAME …       `echeance token` on the tokens of the composition
#   deploy/compose/secrets.sh rotate NAME …          new secrets for prometheus, board or demo; the old ones end a day later
# Tokens end after a year: Prometheus alerts thirty days before (docs/operations.md, “Rotating everything”).
# The directory is its owner's alone; the files in it are readable, because each container reads them under a user of its own.
# ECHEANCE_IMAGE names the image whose program makes the tokens.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/credentials secrets/hooks
chmod 700 secrets

servers="kafka postgres ingest clock compliance alertmanager"

token() {
    docker run --rm --network none --read-only --user "$(id -u):$(id -g)" -v "$PWD/secrets/credentials:/data" \
        "${ECHEANCE_IMAGE:-echeance:0.1.0}" token "$@"
    chmod 644 secrets/credentials/credentials.json # kept when it is replaced
}

# The names by which a server is reached: in the composition, and where its port is published.
names_of() {
    case $1 in
        clock) echo "DNS:clock,DNS:clock-0,DNS:clock-1,DNS:localhost,IP:127.0.0.1" ;;
        *) echo "DNS:$1,DNS:localhost,IP:127.0.0.1" ;;
    esac
}

certificates() {
    action=$1
    shift
    # shellcheck disable=SC2046 — a word for each server
    KEY_MODE=644 ./certificates.sh secrets "$action" $(for name; do echo "$name=$(names_of "$name")"; done)
}

case ${1:-} in
    token)
        shift
        token "$@"
        exit
        ;;
    rotate)
        shift
        for name; do
            made=$(token rotate "$name" --overlap 1d)
            printf '%s' "$made" >"secrets/${name}_token"
        done
        exit
        ;;
    renew)
        shift
        for name; do
            case " $servers " in
                *" $name "*) ;;
                *) echo "there is no server $name; there are: $servers" >&2 && exit 1 ;;
            esac
        done
        # shellcheck disable=SC2086 — a word for each server
        certificates renew ${*:-$servers}
        exec ./certificates.sh secrets ends
        ;;
    ends)
        exec ./certificates.sh secrets ends
        ;;
esac

for name in postgres owner clock compliance grafana kafka_operator kafka_ingest kafka_clock kafka_compliance; do
    [ -s "secrets/${name}_password" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"secrets/${name}_password"
done

# shellcheck disable=SC2086 — a word for each server
certificates make $servers

kept_token() {
    name=$1
    shift
    if [ ! -s "secrets/${name}_token" ]; then
        made=$(token new "$name" "$@")
        printf '%s' "$made" >"secrets/${name}_token"
    fi
}

kept_token prometheus --scopes read
kept_token board --scopes read # with it compliance asks a clock for the histories of files
demo=urn:echeance:demo
kept_token demo --scopes publish --sources "$demo:dossiers,$demo:evaluations,$demo:integration,$demo:telephonie,$demo:correspondance"
