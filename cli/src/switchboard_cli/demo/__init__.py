"""`switchboard demo`: two clinics, one URL, real calls through the whole set, shown and checked."""
