"""What the gateway answers, told to those who use it: from the declarations by which it answers."""
