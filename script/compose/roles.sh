#!/usr/bin/env bash
# Run once by the PostgreSQL container of docker-compose.yml: the two roles and the database.
# The owner migrates; the application owns nothing, as in production.
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
  --set owner="$OWNER_PASSWORD" --set application="$APPLICATION_PASSWORD" <<'SQL'
SET password_encryption = 'scram-sha-256';
CREATE ROLE equilibrate_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE equilibrate_app LOGIN PASSWORD :'application';
-- With the application's rights the owner may end its sessions, to drop a database it still uses.
GRANT equilibrate_app TO equilibrate_owner;
CREATE DATABASE equilibrate OWNER equilibrate_owner;
SQL
