"""What an assistant can do with the live call itself: put the caller through, hang up."""
