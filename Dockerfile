# One image for migrate, api and worker. Everything comes from the hashed requirements; nothing runs as root.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/honeyguide
COPY requirements.txt requirements-build.txt ./
# Build tools stay outside of the environment that is copied; what has no wheel is built with them and nothing else.
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.txt \
 && pip wheel --no-cache-dir --disable-pip-version-check --require-hashes --no-build-isolation --wheel-dir /wheels -r requirements.txt \
 && /opt/honeyguide/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index /wheels/*.whl
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY passes ./passes
COPY schema/operations ./schema/operations
RUN pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir /own . \
 && /opt/honeyguide/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-index /own/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin honeyguide \
 && install -d -o honeyguide -g honeyguide -m 0700 /data
COPY --from=build /opt/honeyguide /opt/honeyguide
ENV PATH=/opt/honeyguide/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HONEYGUIDE_DATA_DIR=/data \
    HONEYGUIDE_ENVIRONMENT=production \
    HONEYGUIDE_HOST=0.0.0.0 \
    HONEYGUIDE_PORT=8000
USER honeyguide
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["honeyguide"]
CMD ["serve"]
