#!/bin/sh
# backup.sh FILE: everything that Échéance keeps in PostgreSQL, consistent, while the services work. The server and the database are
# those of libpq's variables (PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD or PGPASSFILE); the user is an administrator. The file
# holds every event's history: its owner alone can read it.
set -eu
umask 077
file=${1:?usage: backup.sh FILE}
pg_dump --format=custom --file="$file.part"
mv "$file.part" "$file" # so that a file of this name is whole
echo "$file: $(wc -c <"$file") bytes"
