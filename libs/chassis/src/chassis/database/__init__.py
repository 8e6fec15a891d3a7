"""PostgreSQL as every service uses it: one way in per tenant, roles that cannot bypass row security, migrations."""
