-- Run by the image of PostgreSQL when its volume is empty, as the superuser. The sidecar owns its database and the gateway owns
-- nothing; `acm lumadb-gateway prepare` gives it the two tables that it may use, in a database of their own.
\getenv sidecar_password SIDECAR_DB_PASSWORD
\getenv gateway_password GATEWAY_DB_PASSWORD
CREATE ROLE acm LOGIN PASSWORD :'sidecar_password';
CREATE ROLE acm_gateway LOGIN PASSWORD :'gateway_password';
CREATE DATABASE acm OWNER acm;
CREATE DATABASE acm_gateway;
-- Else everybody may connect to everything, and make temporary tables there.
REVOKE ALL ON DATABASE acm, acm_gateway FROM PUBLIC;
GRANT CONNECT ON DATABASE acm_gateway TO acm_gateway;
