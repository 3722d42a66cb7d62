"""The journal: what happened, in the order in which it did. It is the record; the tables follow."""
