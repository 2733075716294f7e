# syntax=docker/dockerfile:1
# The image holds one virtual environment and nothing else of ours: no compiler, no sources, no shell needed.
# How to build it for two platforms, pin its base and have a bill of materials: docs/deploy/image.md.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
RUN python -m venv /opt/flagsvc
COPY requirements/image.txt requirements/node.txt requirements/
RUN /opt/flagsvc/bin/pip install --require-hashes -r requirements/image.txt \
 && python -m venv /opt/node && /opt/node/bin/pip install --require-hashes -r requirements/node.txt
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY admin admin
COPY sdk sdk
COPY flagsvc flagsvc
# Wheels, not an editable installation: what runs is what would be published. The service's wheel builds the console.
# Byte code is checked against nothing at run time: the root is read-only, and nobody edits a module there.
RUN PATH=/opt/node/bin:$PATH /opt/flagsvc/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels ./sdk . \
 && /opt/flagsvc/bin/pip install --no-deps /wheels/*.whl \
 && /opt/flagsvc/bin/pip uninstall -y -q hatchling editables pip setuptools \
 && /opt/flagsvc/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/flagsvc/lib
# Made here, so that the last stage runs nothing: its base needs no shell and no tools.
RUN install -d -m 0700 /data

FROM ${PYTHON}
ARG PYTHON
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="flagsvc" \
      org.opencontainers.image.description="Feature flags, canary cohorts and rollouts with one hash" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${PYTHON}"
ENV PATH=/opt/flagsvc/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    FLAGSVC_HOST=0.0.0.0 FLAGSVC_PORT=8080 FLAGSVC_DATA_DIR=/data FLAGSVC_LOG_FORMAT=json
COPY --from=build --chown=65532:65532 /data /data
COPY --from=build /opt/flagsvc /opt/flagsvc
USER 65532:65532
# The root may be read-only; only the embedded database writes, and only here.
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# By http.client: urllib would go by HTTP_PROXY, which container engines like to set.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-I", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['FLAGSVC_PORT']), timeout=2); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["flagsvc"]
CMD ["serve"]
