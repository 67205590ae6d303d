#!/bin/sh
# An authority and the certificates that it vouches for, by openssl (1.1.1 or later), in a folder:
#   deploy/certificates.sh FOLDER make NAME=DNS:a,IP:b …    make those that are missing
#   deploy/certificates.sh FOLDER renew NAME=DNS:a,IP:b …   make them anew; the authority stays
#   deploy/certificates.sh FOLDER ends                      when each of them ends
# FOLDER/authority.key is the authority's key: keep it from everybody. FOLDER/authority/ca.crt is what clients trust;
# FOLDER/tls/NAME/ holds tls.crt and tls.key, and server.pem, which is both, for Kafka. Only their owner may read the keys, unless
# KEY_MODE says otherwise.
set -eu
folder=${1:?a folder} action=${2:?make, renew or ends}
shift 2
authority_days=3650
server_days=397

new_key() {
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null)
}

authority() {
    if [ -s "$folder/authority.key" ] && [ -s "$folder/authority/ca.crt" ]; then return; fi
    mkdir -p "$folder/authority"
    new_key "$folder/authority.key"
    printf '%s\n' '[req]' 'distinguished_name = name' 'x509_extensions = authority' 'prompt = no' '[name]' \
        'CN = Echeance authority' '[authority]' 'basicConstraints = critical, CA:TRUE, pathlen:0' \
        'keyUsage = critical, keyCertSign, cRLSign' 'subjectKeyIdentifier = hash' >"$folder/authority.cnf"
    openssl req -x509 -new -sha256 -key "$folder/authority.key" -days $authority_days -config "$folder/authority.cnf" \
        -out "$folder/authority/ca.crt"
    rm "$folder/authority.cnf"
}

# Put in place by renaming, so that nobody reads half of a file.
certificate() {
    name=$1 names=$2
    new=$folder/tls/$name/new
    mkdir -p "$new"
    new_key "$new/tls.key"
    printf '%s\n' 'basicConstraints = critical, CA:FALSE' 'keyUsage = critical, digitalSignature' \
        'extendedKeyUsage = serverAuth, clientAuth' "subjectAltName = $names" 'subjectKeyIdentifier = hash' \
        'authorityKeyIdentifier = keyid' >"$new/extensions"
    openssl req -new -sha256 -key "$new/tls.key" -subj "/CN=$name" -out "$new/request"
    openssl x509 -req -sha256 -in "$new/request" -days $server_days -extfile "$new/extensions" -out "$new/tls.crt" \
        -CA "$folder/authority/ca.crt" -CAkey "$folder/authority.key" -set_serial "0x$(openssl rand -hex 16)" 2>/dev/null
    rm "$new/extensions" "$new/request"
    cat "$new/tls.key" "$new/tls.crt" >"$new/server.pem"
    chmod 644 "$new/tls.crt"
    chmod "${KEY_MODE:-600}" "$new/tls.key" "$new/server.pem"
    mv "$new"/* "$folder/tls/$name"
    rmdir "$new"
}

case $action in
    make | renew)
        command -v openssl >/dev/null || { echo "certificates are made by openssl: install it" >&2 && exit 1; }
        authority
        for server; do
            name=${server%%=*}
            if [ "$action" = renew ] || [ ! -s "$folder/tls/$name/tls.crt" ]; then certificate "$name" "${server#*=}"; fi
        done
        ;;
    ends)
        for file in "$folder/authority/ca.crt" "$folder"/tls/*/tls.crt; do
            printf '%s\t%s\n' "$(openssl x509 -noout -enddate -in "$file" | cut -d= -f2)" "$file"
        done
        ;;
    *) echo "$action: make, renew or ends" >&2 && exit 1 ;;
esac
