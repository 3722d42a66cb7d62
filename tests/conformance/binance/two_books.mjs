// Stock CCXT follows BTC/USDT by two sockets: `node two_books.mjs <url> <runs> <calls in a row>`.
// In each of the runs, which go side by side, the two sockets share one book in CCXT: a call returns
// when its own socket is the first with an update.

import ccxt from 'ccxt';

const [base, runs, calls] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const streams = base.replace('http', 'ws');
const RUN_MS = 30000;

const api = {
    public: `${base}/api/v3`,
    private: `${base}/api/v3`,
    sapi: `${base}/sapi/v1`,
    fapiPublic: `${base}/fapi/v1`,
    dapiPublic: `${base}/dapi/v1`,
    ws: { spot: `${streams}/stream/ws`, 'ws-api': { spot: `${streams}/ws-api/v3` } },
};

async function watch(exchange) {
    for (let call = 0; call < calls; call++) {
        await Promise.all([
            exchange.watchOrderBook('BTC/USDT'),
            exchange.watchOrderBookForSymbols(['BTC/USDT', 'ETH/USDT']),
        ]);
    }
}

async function run() {
    const exchange = new ccxt.pro.binance({ urls: { api } });
    await exchange.loadHttpProxyAgent(); // CCXT wants it for ws://
    await exchange.loadMarkets();
    const late = new Promise((_, reject) => setTimeout(reject, RUN_MS, new Error('not in time')));
    await Promise.race([watch(exchange), late]);
}

const ran = await Promise.allSettled(Array.from({ length: runs }, run));
const failed = ran.filter(({ status }) => status === 'rejected');
failed.forEach(({ reason }) => console.log(reason.message));
console.log(`${runs - failed.length} of ${runs}`);
process.exit(0);
