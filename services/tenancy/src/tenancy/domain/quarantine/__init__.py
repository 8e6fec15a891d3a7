"""Messages whose tenant could not be established."""
