"""The one place that knows both vocabularies: generated messages and the domain. A module a noun."""
