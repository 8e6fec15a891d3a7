"""Who an organization knows, and what is kept of them."""
