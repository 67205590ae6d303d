#!/bin/sh
# Writes the Secrets of Échéance as manifests: deploy/k8s/secrets.sh FOLDER NAMESPACE | kubectl apply -f -
# What they hold stands in FOLDER, one file each: what is missing there is made, what is there stays. Keep the folder, and keep it
# secret: it is the only other copy. The tokens of others are made there too, before the manifests are written again:
#   echeance token new case-system --scopes publish,read --sources https://cases.example.org/town --data FOLDER
# Tokens end after a year: Prometheus alerts thirty days before. `deploy/k8s/secrets.sh FOLDER NAMESPACE rotate | kubectl apply -f -` gives
# prometheus and board new secrets, and ends the old ones a day later; those of others: `echeance token rotate NAME --data FOLDER`.
# Needs echeance, kubectl and openssl on PATH; asks no cluster. The certificates are for who has no cert-manager: CERTIFICATES=no
# leaves them out, CERTIFICATES=renew makes them anew. FOLDER/smtp_password is yours to write, where Alertmanager sends mail.
set -eu
folder=${1:?a folder for the secrets}
namespace=${2:?the namespace}
rotate=${3:-}
umask 077
mkdir -p "$folder"

password() {
    [ -s "$folder/$1_password" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' >"$folder/$1_password"
}

token() {
    if [ ! -s "$folder/$1_token" ]; then
        made=$(echeance token new "$1" --scopes read --data "$folder")
        printf '%s' "$made" >"$folder/$1_token"
    elif [ "$rotate" = rotate ]; then
        made=$(echeance token rotate "$1" --overlap 1d --data "$folder")
        printf '%s' "$made" >"$folder/$1_token"
    fi
}

secret() {
    name=$1
    shift
    kubectl create secret generic "$name" --namespace "$namespace" --dry-run=client --output yaml "$@"
    echo ---
}

for name in postgres owner clock compliance; do password "$name"; done
token prometheus
token board # with it compliance asks a clock for the histories of files
secret credentials "--from-file=$folder/credentials.json"
secret postgres-superuser "--from-file=password=$folder/postgres_password"
for name in owner clock compliance; do
    secret "database-$name" --type kubernetes.io/basic-auth "--from-literal=username=echeance_$name" \
        "--from-file=password=$folder/${name}_password"
done
secret board-token "--from-file=token=$folder/board_token"
secret prometheus-token "--from-file=token=$folder/prometheus_token"
case ${CERTIFICATES:-make} in
    no) ;;
    make | renew)
        set --
        for name in ingest clock compliance; do set -- "$@" "$name=DNS:$name,DNS:$name.$namespace.svc,DNS:echeance"; done
        set -- "$@" "alertmanager=DNS:alertmanager-supervision-0.alertmanager-operated,DNS:alertmanager-supervision-1.alertmanager-operated"
        "$(dirname "$0")/../certificates.sh" "$folder" "${CERTIFICATES:-make}" "$@"
        for name in ingest clock compliance alertmanager; do
            secret "$name-tls" --type kubernetes.io/tls "--from-file=$folder/tls/$name/tls.crt" "--from-file=$folder/tls/$name/tls.key" \
                "--from-file=ca.crt=$folder/authority/ca.crt"
        done
        ;;
    *) echo "CERTIFICATES is make, renew or no" >&2 && exit 1 ;;
esac
if [ -s "$folder/smtp_password" ]; then secret smtp "--from-file=password=$folder/smtp_password"; fi
