# The image of every service and of the command: `docker build -t echeance .`, then `docker run echeance ingest`.
# BASE_IMAGE needs Python 3.11 or later with venv; both stages stand on it, so that what is built fits what runs it. Every dependency
# is a wheel of the hashed lock, and another file than the locked one is refused. The lock is that with OpenTelemetry, which is
# imported only where OTEL_* asks for traces. The core is compiled in the first stage, with a compiler of the base's distribution;
# COMPILE=0 leaves it interpreted (half as fast, otherwise the same). `make pin-images` pins the base by digest.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# Compiled files then carry the hash of their source, not the moment they were made.
ENV SOURCE_DATE_EPOCH=0
ARG COMPILE=1
# Debian's python3 has its headers in a package of their own, the official Python images have them already.
RUN if [ "$COMPILE" = 1 ]; then \
        headers=$(python3 -c 'import pathlib, sysconfig; print("" if (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists() else "python3-dev")') \
        && apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev $headers >/dev/null; \
    fi
RUN python3 -m venv /tools && python3 -m venv --without-pip /opt/echeance
WORKDIR /build
COPY requirements-otel.lock requirements-build.lock ./
RUN /tools/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements-build.lock \
    && /tools/bin/pip --python /opt/echeance/bin/python install --quiet --require-hashes --only-binary :all: -r requirements-otel.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY shared shared
COPY services services
COPY echeance echeance
# The interpreter that has the dependencies builds: mypyc reads their types.
RUN if [ "$COMPILE" = 1 ]; then export ECHEANCE_COMPILE=build/c; fi \
    && PYTHONPATH=$(echo /tools/lib/python3.*/site-packages) /opt/echeance/bin/python -m pip wheel \
        --quiet --no-deps --no-build-isolation --wheel-dir dist . \
    && /tools/bin/pip --python /opt/echeance/bin/python install --quiet --no-deps dist/*.whl

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Échéance" \
      org.opencontainers.image.description="Live delay counters for public service standards" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/echeance /opt/echeance
# Nothing is written to the root file system: it may be mounted read-only. A number, so that a cluster can see it is not root.
ENV PATH=/opt/echeance/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 ECHEANCE_HOST=0.0.0.0 ECHEANCE_DATA=/data
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["python", "-m", "shared.healthcheck"]
ENTRYPOINT ["echeance"]
