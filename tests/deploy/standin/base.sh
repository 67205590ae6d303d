#!/bin/sh
# A base image from Debian's packages, for where no image registry is reached: base.sh TAG. Needs root and debootstrap.
# It has Python with venv, the authorities of this machine (package indexes may stand behind one of its own), and wget for health checks.
set -eu
tag=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv,wget bookworm "$tree" >&2
rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/usr/share/doc "$tree"/usr/share/man "$tree"/usr/share/locale
chmod 755 "$tree"
trusted=/etc/ssl/certs/ca-certificates.crt
cp "$trusted" "$tree$trusted"
tar -C "$tree" -c . | docker import --change "ENV SSL_CERT_FILE=$trusted PIP_CERT=$trusted" - "$tag"
