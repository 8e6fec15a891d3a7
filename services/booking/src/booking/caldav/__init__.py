"""CalDAV (RFC 4791): calendars outside that our appointments are pushed to, and whose events we heed."""
