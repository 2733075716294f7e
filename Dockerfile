# syntax=docker/dockerfile:1
# The image holds one virtual environment and nothing else of ours: no compiler, no sources, no shell needed.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv /opt/flagsvc
COPY requirements/run.txt requirements/node.txt requirements/
RUN /opt/flagsvc/bin/pip install --require-hashes -r requirements/run.txt \
 && python -m venv /opt/node && /opt/node/bin/pip install --require-hashes -r requirements/node.txt
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY admin admin
COPY sdk sdk
COPY flagsvc flagsvc
# Wheels, not an editable installation: what runs is what would be published.
RUN PATH=/opt/node/bin:$PATH /opt/flagsvc/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels ./sdk . \
 && /opt/flagsvc/bin/pip install --no-deps /wheels/*.whl \
 && /opt/flagsvc/bin/python -m compileall -q /opt/flagsvc/lib \
 && /opt/flagsvc/bin/pip uninstall -y -q hatchling editables pip

FROM ${PYTHON}
LABEL org.opencontainers.image.title="flagsvc" \
      org.opencontainers.image.description="Feature flags, canary cohorts and rollouts with one hash" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/flagsvc/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    FLAGSVC_HOST=0.0.0.0 FLAGSVC_PORT=8080 FLAGSVC_DATA_DIR=/data FLAGSVC_LOG_FORMAT=json
RUN install -d -o 65532 -g 65532 -m 0700 /data
COPY --from=build /opt/flagsvc /opt/flagsvc
USER 65532:65532
# The root may be read-only; only the embedded database writes, and only here.
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['FLAGSVC_PORT'] + '/health/live', timeout=2)"]
ENTRYPOINT ["flagsvc"]
CMD ["serve"]
