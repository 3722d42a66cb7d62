# hypersim in a slim image, not as root. Without DB_HOST or DATABASE_URL it runs its own PostgreSQL.
#
#   docker build -t hypersim . && docker run -p 127.0.0.1:8080:8080 -v hypersim:/var/lib/hypersim hypersim
#   docker exec CONTAINER hypersim user create me@example.com

# The digest is that of the tag in docker-library/repo-info, repos/python/remote/3.13-slim.md, of August
# 2026; `docker buildx imagetools inspect python:3.13-slim` shows a newer one. Both stages take the same.
FROM python:3.13-slim@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6 AS build
COPY scripts/uv.lock /src/
RUN pip install --no-cache-dir --require-hashes --requirement /src/uv.lock \
    && python -m venv --without-pip /opt/hypersim
ENV UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_PYTHON=/opt/hypersim/bin/python
WORKDIR /src
# The packages are a layer of their own: it is built again only when these two files change.
# pyproject.toml says which packages (none for development), the lock which versions and hashes.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --require-hashes --constraints requirements.lock --requirements pyproject.toml
COPY README.md LICENSE ./
COPY migrations ./migrations
COPY hypersim ./hypersim
RUN uv pip install --no-deps --build-constraints requirements.lock .
# What `hypersim run` and `drive` lend clocks with is compiled here, so that no compiler is taken along.
RUN apt-get update && apt-get install -y --no-install-recommends faketime gcc libc6-dev \
    && XDG_CACHE_HOME=/opt/hypersim/cache /opt/hypersim/bin/python -c \
    "from hypersim.cli.run.lent_clock import preload_library; preload_library()" \
    && chmod -R a+rX /opt/hypersim/cache

FROM python:3.13-slim@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6
RUN apt-get update && apt-get install -y --no-install-recommends faketime && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/hypersim hypersim
COPY --from=build /opt/hypersim /opt/hypersim
# The data directory holds the admin token and the key that encrypts API secrets: keep it.
ENV PATH=/opt/hypersim/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/opt/hypersim/cache \
    HYPERSIM_HOST=0.0.0.0 \
    HYPERSIM_DATA_DIR=/var/lib/hypersim \
    PORT=8080
USER 10001
WORKDIR /var/lib/hypersim
VOLUME /var/lib/hypersim
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=2); c.request('GET', '/v1/ping'); sys.exit(c.getresponse().status != 200)"]
CMD ["hypersim", "serve", "--no-demo"]
