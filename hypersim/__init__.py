"""hypersim: a simulated crypto exchange that real trading clients cannot tell from a real one."""

__version__ = "0.1.0"
