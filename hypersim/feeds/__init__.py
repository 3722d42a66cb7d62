"""Where prices come from: one file per source; a file's name is the name of its feed."""
