"""Asks tenancy whose call it is, and remembers the answer for as long as it is true."""
