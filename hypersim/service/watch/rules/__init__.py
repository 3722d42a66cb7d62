"""The rules of the driving test: one file each, which is named as its rule is and exports `RULE`.

`docs/driving-test.md` says of each what it costs on a real venue, and how to pass.
"""
