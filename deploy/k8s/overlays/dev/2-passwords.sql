-- The passwords of Échéance's roles, from the secrets of the composition; run once, by psql, when the database is made.
\set owner `cat /run/secrets/owner_password`
\set clock `cat /run/secrets/clock_password`
\set compliance `cat /run/secrets/compliance_password`
ALTER ROLE echeance_owner PASSWORD :'owner';
ALTER ROLE echeance_clock PASSWORD :'clock';
ALTER ROLE echeance_compliance PASSWORD :'compliance';
