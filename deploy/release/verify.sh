#!/bin/sh
# Verify a release before it is installed: deploy/release/verify.sh DIRECTORY ALLOWED_SIGNERS IDENTITY
#   ALLOWED_SIGNERS is a file of ssh-keygen(1), a line each: IDENTITY namespaces="echeance-release" ssh-ed25519 AAAA…
# Status 0 if the signer of that identity signed exactly these files.
set -eu
[ $# -eq 3 ] || { echo "usage: deploy/release/verify.sh DIRECTORY ALLOWED_SIGNERS IDENTITY" >&2; exit 2; }
signers=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$1"
for file in SHA256SUMS ./*.intoto.json; do
    ssh-keygen -q -Y verify -f "$signers" -I "$3" -n echeance-release -s "$file.sig" <"$file" >/dev/null || {
        echo "$file: no valid signature of $3" >&2
        exit 1
    }
done
sha256sum --check --strict --quiet SHA256SUMS
for file in * .[!.]*; do
    case $file in
        SHA256SUMS | *.sig | ".[!.]*") continue ;;
    esac
    # Nothing unsigned lies beside what is signed.
    awk -v file="$file" '$2 == file { found = 1 } END { exit !found }' SHA256SUMS || {
        echo "$file is not part of the release" >&2
        exit 1
    }
done
echo "$1: signed by $3, every file as it was released"
