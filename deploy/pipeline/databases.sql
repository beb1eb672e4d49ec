-- The two databases, each with its own role:
--   psql --set dagster="$DAGSTER_POSTGRES_PASSWORD" --set store=STORE_PASSWORD --file databases.sql postgres
-- Each program creates and migrates its own tables. PostgreSQL 14 or newer.
CREATE ROLE dagster LOGIN PASSWORD :'dagster';
CREATE ROLE judge_pipeline LOGIN PASSWORD :'store';
CREATE DATABASE dagster OWNER dagster;
CREATE DATABASE judge_pipeline OWNER judge_pipeline;
REVOKE CONNECT ON DATABASE dagster, judge_pipeline FROM PUBLIC;
