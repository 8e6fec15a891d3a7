"""HTTP as every route needs it: bodies taken in, keys read, problems answered."""
