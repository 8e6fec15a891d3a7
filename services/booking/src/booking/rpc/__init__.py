"""Booking over gRPC. Only `convert/` knows both vocabularies."""
