"""Booking: calendars, services, contacts and appointments. Everything that is patient data lives here."""
