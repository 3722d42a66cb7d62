"""The projection: it brings the tables up to what the journal tells."""
