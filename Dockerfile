# Debian 13, because DBOS needs SQLite 3.42 with Python 3.12 or newer; Debian 12 has 3.40.
FROM python:3.13-slim-trixie AS build
COPY requirements.txt requirements-build.txt /src/
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --requirement /src/requirements.txt \
    && python -m pip install --no-cache-dir --no-deps --require-hashes --requirement /src/requirements-build.txt
COPY pyproject.toml README.md LICENSE /src/
COPY bot /src/bot
RUN python -m pip wheel --no-build-isolation --no-deps --wheel-dir /dist /src \
    && /venv/bin/python -m pip install --no-cache-dir --no-deps --no-index /dist/*.whl

FROM python:3.13-slim-trixie
# HOME: Bolt asks for it when it is imported, and a user whom nobody has named has none. MALLOC_ARENA_MAX: threads share
# their free memory. PYTHONSAFEPATH: no code comes from the working directory, which is the volume, so that the default
# store, a file in it, outlives the container.
ENV PATH=/venv/bin:$PATH \
    HOME=/data \
    MALLOC_ARENA_MAX=2 \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# The user has a number, by which Kubernetes sees that it isn't root. OpenShift gives the bot another one, which changes
# from project to project and is always in the group 0: what it may write belongs to that group.
RUN useradd --uid 10001 --gid 0 --no-create-home --shell /usr/sbin/nologin bot \
    && install --directory --owner=10001 --group=0 --mode=0770 /data
COPY --from=build /venv /venv
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD [ \
    "python", "-c", \
    "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 3000), timeout=3); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["contactlist-bot", "serve"]
