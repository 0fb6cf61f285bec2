# Builds with the classic builder too (docker.io 20.10 has no other): no cache mounts, no syntax line.
FROM python:3.13.14-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml requirements.lock README.md LICENSE inventory.yaml ./
COPY exporter exporter
COPY prometheus prometheus
COPY alertmanager alertmanager
COPY dashboards dashboards
# The environment gets no pip of its own: it is installed into from outside, and copied whole below. What a compiler
# reads, and what colours programs' texts in a terminal (rich asks for it, and uses it for nothing else), stay behind.
RUN python -m venv --without-pip /opt/terpadu \
 && python -m pip --python /opt/terpadu/bin/python install --no-cache-dir --disable-pip-version-check \
      -c requirements.lock . \
 && python -m pip --python /opt/terpadu/bin/python uninstall --yes --quiet --root-user-action ignore pygments \
 && find /opt/terpadu -name '*.[ch]' -delete

FROM python:3.13.14-slim-bookworm
# Nothing is built or installed in a container that runs.
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
 && groupadd --gid 10001 terpadu \
 && useradd --uid 10001 --gid terpadu --no-create-home --home-dir /var/lib/terpadu --shell /usr/sbin/nologin terpadu \
 && install --directory --owner terpadu --group terpadu /var/lib/terpadu
# The demo's lab makes its network by ip, the monitor needs none: docker-compose.demo.yml says yes.
ARG LAB=no
RUN if [ "$LAB" = yes ]; then apt-get update -q && apt-get install -yq --no-install-recommends iproute2 \
 && rm -rf /var/lib/apt/lists/*; fi
COPY --from=build /opt/terpadu /opt/terpadu
ENV PATH=/opt/terpadu/bin:$PATH PYTHONUNBUFFERED=1
# The ledger lives here: lay a volume on it, which starts with this owner. None is declared, for docker-compose 1.29 lays
# what was declared over what its file names, when a container is made anew.
WORKDIR /var/lib/terpadu
USER 10001:10001
EXPOSE 9877
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", \
       "from urllib import request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:9877/-/healthy', timeout=4)"]
# Echoes go through unprivileged sockets: run it with --sysctl net.ipv4.ping_group_range="0 2147483647".
CMD ["terpadu", "run", "--inventory", "/inventory/inventory.yaml", "--listen", "0.0.0.0:9877", \
     "--ledger", "/var/lib/terpadu/terpadu.sqlite3"]
