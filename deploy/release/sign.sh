#!/bin/sh
# Sign a release, on the machine where the key is: deploy/release/sign.sh DIRECTORY KEY
#   KEY is a private SSH key (ssh-keygen -t ed25519, or ed25519-sk on a hardware token), for releases alone.
# Signs SHA256SUMS, which covers every file of the release, and the provenance.
set -eu
[ $# -eq 2 ] || { echo "usage: deploy/release/sign.sh DIRECTORY KEY" >&2; exit 2; }
key=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$1"
sha256sum --check --strict --quiet SHA256SUMS
rm -f ./*.sig
for file in SHA256SUMS ./*.intoto.json; do
    ssh-keygen -q -Y sign -f "$key" -n echeance-release "$file" 2>/dev/null || {
        echo "$file could not be signed with $key" >&2
        exit 1
    }
done
