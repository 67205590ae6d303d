#!/bin/sh
# restore.sh FILE: what backup.sh kept, into an empty database, with the roles and their rights. All of it or nothing: a database
# that has tables already is refused and left as it was. The variables are those of backup.sh. Stop the clocks and compliance first,
# start them afterwards: they read on in the log from where the backup stood.
set -eu
file=${1:?usage: restore.sh FILE}
found=$(psql --no-psqlrc -qtAc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$found" -gt 0 ]; then
    echo "restore.sh: the database has $found tables: restore into an empty one (createdb), nothing was changed" >&2
    exit 1
fi
psql --no-psqlrc -q -v ON_ERROR_STOP=1 -f "$(dirname "$0")/roles.sql"
pg_restore --exit-on-error --single-transaction --dbname="${PGDATABASE:?PGDATABASE names the database}" "$file"
psql --no-psqlrc -qtAc "SELECT 'restored: ' || service || ', ' || sum(next_offset) || ' records counted' FROM positions GROUP BY service ORDER BY 1"
