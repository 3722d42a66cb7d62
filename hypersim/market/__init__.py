"""What is traded and at what price: instruments, quotes, depth, trades, candles, tickers. Pure."""
