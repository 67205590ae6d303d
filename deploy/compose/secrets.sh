#!/bin/sh
# The secrets of docker-compose.yml, under deploy/secrets: what is missing is made, what is there stays.
#   deploy/compose/secrets.sh                        make them
#   deploy/compose/secrets.sh token new NAME …       `echeance token` on the tokens of the composition
# The directory is its owner's alone; the files in it are readable, because each container reads them under a user of its own.
# ECHEANCE_IMAGE names the image whose program makes the tokens.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/credentials secrets/hooks
chmod 700 secrets

token() {
    docker run --rm --network none --read-only --user "$(id -u):$(id -g)" -v "$PWD/secrets/credentials:/data" \
        "${ECHEANCE_IMAGE:-echeance:0.1.0}" token "$@"
    chmod 644 secrets/credentials/credentials.json # kept when it is replaced
}

if [ "${1:-}" = token ]; then
    shift
    token "$@"
    exit
fi

for name in postgres owner clock compliance grafana; do
    [ -s "secrets/${name}_password" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"secrets/${name}_password"
done

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
