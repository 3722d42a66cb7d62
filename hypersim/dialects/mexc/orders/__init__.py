"""Orders and trades of an account (spot_v3_en, "Spot Account/Trade")."""

from hypersim.dialects.mexc.orders import cancel, place, query

OPERATIONS = (*place.OPERATIONS, *cancel.OPERATIONS, *query.OPERATIONS)
