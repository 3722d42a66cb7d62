"""The journal's growth: its old part is packed, images of the state are kept, and what is older
than somebody wants is dropped."""
