"""`hypersim bench`: what this machine can do, measured from outside over real HTTP."""
