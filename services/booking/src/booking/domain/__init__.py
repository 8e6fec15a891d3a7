"""The rules of booking, in plain Python: no gRPC, no SQL, no generated code."""
