# syntax=docker/dockerfile:1
# One recipe for every image:  docker build --build-arg SERVICE=ingest .
#
# The base is named by tag, not by digest: ADR 0006 says why and how an installation pins it.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

# ── What is built ──
FROM ${PYTHON_IMAGE} AS build

ARG SERVICE
RUN test -n "${SERVICE}" || { echo "name the service: --build-arg SERVICE=ingest" >&2; exit 1; }

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_CACHE_DIR=/cache/uv \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never

WORKDIR /build

# uv and the build backend, in an environment that stays behind.
COPY requirements/tools.lock requirements/build.lock requirements/
RUN python -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/tools.lock \
    && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock

# The dependencies change seldom, so they are a layer below the code.
COPY requirements/${SERVICE}.lock requirements/
RUN --mount=type=cache,target=/cache/uv \
    /tools/bin/uv venv /app/.venv \
    && /tools/bin/uv pip sync --python /app/.venv/bin/python --require-hashes requirements/${SERVICE}.lock

# The simulator stands beside the services and shares no code with them.
COPY shared/ shared/
COPY services/ services/
COPY simulator/ simulator/
RUN set -eu; \
    member="services/${SERVICE}"; packages="shared ${member}"; \
    if [ "${SERVICE}" = simulator ]; then member=simulator; packages=simulator; fi; \
    for package in ${packages}; do \
        /tools/bin/uv build --wheel --no-build-isolation --python /tools/bin/python --out-dir /wheels "${package}"; \
    done; \
    /tools/bin/uv pip install --python /app/.venv/bin/python --no-deps --no-index /wheels/*.whl

# ── What runs ──
FROM ${PYTHON_IMAGE} AS run

ARG SERVICE
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SERVICE=${SERVICE}

# A volume mounted on /data takes over this owner.
RUN groupadd --gid 10001 huiying \
    && useradd --uid 10001 --gid huiying --no-create-home --shell /usr/sbin/nologin huiying \
    && install -d -o huiying -g huiying -m 0700 /data \
    && python -m pip uninstall --yes --quiet pip

COPY --from=build /app/.venv /app/.venv

WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8080

# exec, so that the service itself is process 1 and hears SIGTERM.
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"${SERVICE}.main\" \"$@\"", "--"]
CMD ["serve"]
