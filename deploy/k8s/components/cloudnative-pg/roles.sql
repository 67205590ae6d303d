-- The roles of Échéance in PostgreSQL. Run as an administrator, connected to Échéance's database, before the first `echeance migrate`;
-- running it again changes nothing. It is plain SQL, for any client.
--
--   echeance_owner       owns the tables; `echeance migrate` and `echeance rebuild` use it
--   echeance_clock       the clock service: reads and writes its own tables
--   echeance_compliance  the compliance service: reads and writes its own tables
--
-- What a service may do to which table is granted by `echeance migrate` (shared/database/migrations/privileges.py), so that a new table and the
-- right to use it come together. A default privilege could not do that: it cannot tell the tables of one service from the other's.
-- A service can neither make, alter, drop nor empty a table, nor make a temporary one. Both write `positions`, `attempts` and `origins`, each
-- its own rows alone (row-level security, which `echeance migrate` sets too); only from `attempts` do they delete.
--
-- The roles have no password yet: give each one (\password in psql, or ALTER ROLE … PASSWORD), or have pg_hba.conf ask for a certificate.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['echeance_owner', 'echeance_clock', 'echeance_compliance'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    -- A rebuild fills tables in a schema of its own beside the live ones.
    EXECUTE format('GRANT CREATE ON DATABASE %I TO echeance_owner', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO echeance_owner;
GRANT USAGE ON SCHEMA public TO echeance_clock, echeance_compliance;
