#!/bin/sh
# The secrets of docker-compose.yml, under deploy/secrets: what is missing is made, what is there stays.
#   deploy/compose/secrets.sh                        make them
#   deploy/compose/secrets.sh renew [NAME …]         new certificates for these servers, or for all; the authority stays
#   deploy/compose/secrets.sh ends                   when each certificate ends
#   deploy/compose/secrets.sh token new NAME …       `echeance token` on the tokens of the composition
# The directory is its owner's alone; the files in it are readable, because each container reads them under a user of its own.
# ECHEANCE_IMAGE names the image whose program makes the tokens. The certificates are made by openssl, 1.1.1 or later.
set -eu
cd "$(dirname "$0")/.."
umask 022
mkdir -p secrets/credentials secrets/hooks secrets/authority
chmod 700 secrets

authority_days=3650
server_days=397
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

new_key() {
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null)
}

authority() {
    if [ -s secrets/authority.key ] && [ -s secrets/authority/ca.crt ]; then return; fi
    new_key secrets/authority.key
    printf '%s\n' '[req]' 'distinguished_name = name' 'x509_extensions = authority' 'prompt = no' '[name]' \
        'CN = Authority of the composition of Echeance' '[authority]' 'basicConstraints = critical, CA:TRUE, pathlen:0' \
        'keyUsage = critical, keyCertSign, cRLSign' 'subjectKeyIdentifier = hash' >secrets/authority.cnf
    openssl req -x509 -new -sha256 -key secrets/authority.key -days $authority_days -config secrets/authority.cnf \
        -out secrets/authority/ca.crt
    rm secrets/authority.cnf
}

# A key and a certificate are put in place by renaming, so that nobody reads half of one.
certificate() {
    folder=secrets/tls/$1
    new=$folder/new
    mkdir -p "$new"
    new_key "$new/tls.key"
    printf '%s\n' 'basicConstraints = critical, CA:FALSE' 'keyUsage = critical, digitalSignature' \
        'extendedKeyUsage = serverAuth, clientAuth' "subjectAltName = $(names_of "$1")" 'subjectKeyIdentifier = hash' \
        'authorityKeyIdentifier = keyid' >"$new/extensions"
    openssl req -new -sha256 -key "$new/tls.key" -subj "/CN=$1" -out "$new/request"
    openssl x509 -req -sha256 -in "$new/request" -days $server_days -extfile "$new/extensions" -out "$new/tls.crt" \
        -CA secrets/authority/ca.crt -CAkey secrets/authority.key -set_serial "0x$(openssl rand -hex 16)" 2>/dev/null
    rm "$new/extensions" "$new/request"
    if [ "$1" = kafka ]; then cat "$new/tls.key" "$new/tls.crt" >"$new/server.pem"; fi # it wants both in one file
    chmod 644 "$new"/*
    mv "$new"/* "$folder"
    rmdir "$new"
}

ends() {
    for file in secrets/authority/ca.crt secrets/tls/*/tls.crt; do
        printf '%s\t%s\n' "$(openssl x509 -noout -enddate -in "$file" | cut -d= -f2)" "$file"
    done
}

case ${1:-} in
    token)
        shift
        token "$@"
        exit
        ;;
    renew)
        shift
        authority
        for name in ${*:-$servers}; do
            case " $servers " in
                *" $name "*) certificate "$name" ;;
                *) echo "there is no server $name; there are: $servers" >&2 && exit 1 ;;
            esac
        done
        ends
        exit
        ;;
    ends)
        ends
        exit
        ;;
esac

for name in postgres owner clock compliance grafana kafka_operator kafka_ingest kafka_clock kafka_compliance; do
    [ -s "secrets/${name}_password" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"secrets/${name}_password"
done

authority
for name in $servers; do
    [ -s "secrets/tls/$name/tls.crt" ] || certificate "$name"
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
