"""What lies outside: hosts that somebody names are asked at addresses that were checked, and nowhere else."""
