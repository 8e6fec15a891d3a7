"""The edge: generated messages on one side, the domain on the other."""
