"""What an object keeps, whether its class is compiled or not."""


def attributes(value: object) -> dict[str, object]:
    """By name, private parts too; empty for what is no object of a class of its own."""
    names = getattr(type(value), "__mypyc_attrs__", None)
    if names is None:
        return dict(getattr(value, "__dict__", {}))
    return {name: getattr(value, name) for name in names if hasattr(value, name)}
