"""What happens to orders: commands in, events out. Pure."""
