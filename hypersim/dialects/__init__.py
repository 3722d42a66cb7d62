"""One folder per exchange API; the folders are strangers to each other."""
