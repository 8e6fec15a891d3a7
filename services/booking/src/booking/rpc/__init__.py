"""Booking over gRPC. Only `convert.py` knows both vocabularies."""
