#!/bin/sh
# For the image of PostgreSQL, which runs it once, in an empty volume.
set -eu
psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set dagster="$DAGSTER_POSTGRES_PASSWORD" --set store="$STORE_PASSWORD" \
  --file /databases.sql postgres
