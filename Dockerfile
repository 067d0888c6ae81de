# Debian 13, because DBOS needs SQLite 3.42 with Python 3.12 or newer; Debian 12 has 3.40.
FROM python:3.13-slim-trixie AS dependencies
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock

FROM python:3.13-slim-trixie
# The working directory is the volume, so that the default store, a file in it, outlives the container.
# MALLOC_ARENA_MAX: threads share their free memory. PYTHONSAFEPATH: code comes from /app alone, never from that directory.
ENV PATH=/venv/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN groupadd --gid 10001 bot \
    && useradd --uid 10001 --gid bot --no-create-home --shell /usr/sbin/nologin bot \
    && install --directory --owner=bot --group=bot --mode=0700 /data
COPY --from=dependencies /venv /venv
COPY bot /app/bot
USER bot
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD \
    python -c "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 3000), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"
CMD ["python", "-m", "bot", "serve"]
