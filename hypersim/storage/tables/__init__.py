"""The tables of the record: each column is declared once."""
