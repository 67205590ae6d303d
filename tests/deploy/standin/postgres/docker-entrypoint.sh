#!/bin/bash
# What the official entry point does with POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD[_FILE] and /docker-entrypoint-initdb.d.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres /var/lib/postgresql "$PGDATA" /run/postgresql
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}

start_by_socket_alone() {
    pg_ctl --pgdata "$PGDATA" --options "-c listen_addresses=''" --wait --silent start
}

run_initial() {
    for file in /docker-entrypoint-initdb.d/*; do
        echo "running $file"
        case $file in
            *.sh) bash "$file" ;;
            *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$user" --dbname "$database" --file "$file" ;;
        esac
    done
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    password=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:?POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE must be set}")}
    initdb --pgdata "$PGDATA" --username "$user" --pwfile <(printf '%s\n' "$password") --encoding UTF8 --locale C.UTF-8 \
        --auth-local trust --auth-host scram-sha-256
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    printf "listen_addresses = '*'\nunix_socket_directories = '/run/postgresql'\n" >>"$PGDATA/postgresql.conf"
    start_by_socket_alone
    [ "$database" = postgres ] || createdb --username "$user" "$database"
    run_initial
    pg_ctl --pgdata "$PGDATA" --mode fast --wait --silent stop
fi
exec "$@"
