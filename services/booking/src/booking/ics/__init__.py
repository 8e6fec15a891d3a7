"""iCalendar (RFC 5545): calendars as others subscribe to them, and calendars outside as we read them."""
