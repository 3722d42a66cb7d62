"""The tests of hypersim."""
