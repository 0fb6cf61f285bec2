"""The images that the compose files name, made on the spot: no registry is asked for any.

The exporter's is the real one, built by its Dockerfile. Under it is a base of Debian's in place of the one that the
Dockerfile names; Prometheus and Alertmanager are Debian's programs, started as their makers' images start them; and
Grafana's is a stand-in, see grafana_stand_in.py.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml
from engine import ROOT, Engine, cache

from exporter.lab import packages

COMPOSE = ROOT / "docker-compose.yml"
DEMO = ROOT / "docker-compose.demo.yml"
_HERE = Path(__file__).parent
_SUITE = "trixie"  # whose Python has the version that the Dockerfile's base has
_INCLUDED = "busybox,ca-certificates,python3,python3-pip-whl"
_CERTIFICATES = "usr/local/share/pip.pem"
_LIKE_A_PYTHON_IMAGE = """
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
ln -sf /usr/bin/python3 /usr/local/bin/python3
ln -sf python3 /usr/local/bin/python
pip=$(echo /usr/share/python-wheels/pip-*.whl)
python "$pip/pip" install --quiet --no-index --root-user-action ignore "$pip"
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /var/log/*
"""
_PROMETHEUS = """\
FROM {base}
COPY program /bin/prometheus
RUN ln -s /bin/busybox /usr/local/bin/wget && install -d -o 65534 -g 65534 /prometheus
USER 65534:65534
WORKDIR /prometheus
VOLUME /prometheus
ENTRYPOINT ["/bin/prometheus"]
"""
_ALERTMANAGER = """\
FROM {base}
COPY program /bin/alertmanager
COPY share /usr/share/prometheus
RUN ln -s /bin/busybox /usr/local/bin/wget && install -d -o 65534 -g 65534 /alertmanager
USER 65534:65534
WORKDIR /alertmanager
VOLUME /alertmanager
ENTRYPOINT ["/bin/alertmanager"]
"""
_GRAFANA = """\
FROM {base}
COPY yaml /usr/local/lib/python3/yaml
COPY run.sh /run.sh
RUN ln -s /bin/busybox /usr/local/bin/wget && install -d -o 472 -g 0 /usr/share/grafana /var/lib/grafana
ENV PYTHONPATH=/usr/local/lib/python3
USER 472:0
WORKDIR /usr/share/grafana
ENTRYPOINT ["/run.sh"]
"""


def base_image() -> str:
    """Return the image that the exporter's stands on."""
    (name,) = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    return name


def image_of(service: str, *files: Path) -> str:
    """Return the image that compose files name for a service, the last of them in the first place."""
    return next(
        read["image"]
        for read in (services(file).get(service, {}) for file in reversed(files or (COMPOSE,)))
        if "image" in read
    )


def services(file: Path) -> dict[str, dict[str, object]]:
    """Return the services of a compose file."""
    read: dict[str, dict[str, object]] = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    return read


def make(engine: Engine) -> None:
    """Make all of them, those that are there from before as quickly as the builder sees that nothing has changed."""
    if not engine.docker("images", "--quiet", base_image()).strip():
        _make_base(engine)
    _build_standing(engine, "prometheus", _PROMETHEUS)
    _build_standing(engine, "alertmanager", _ALERTMANAGER)
    _build_grafana(engine)
    _build_exporter(engine, image_of("exporter"), {})
    build = services(DEMO)["exporter"]["build"]
    assert isinstance(build, dict)
    _build_exporter(engine, image_of("exporter", COMPOSE, DEMO), build["args"])
    engine.docker("image", "prune", "--force", "--filter", "until=72h")  # what earlier builds left in the cache


def _make_base(engine: Engine) -> None:
    tree = cache() / "rootfs"
    shutil.rmtree(tree, ignore_errors=True)
    environment = dict(os.environ)
    program = packages.ensure("debootstrap")
    scripts = program.parents[1] / "share" / "debootstrap"
    if scripts.is_relative_to(packages.cache_folder()):
        environment["DEBOOTSTRAP_DIR"] = str(scripts)
    words = [str(program), "--variant=minbase", f"--include={_INCLUDED}", _SUITE, str(tree), _mirror()]
    _carry_out(words, environment)
    _carry_out(["chroot", str(tree), "sh", "-ec", _LIKE_A_PYTHON_IMAGE], environment)
    settings = _pip_settings()
    if "PIP_CERT" in settings:
        shutil.copyfile(settings["PIP_CERT"], tree / _CERTIFICATES)
        settings["PIP_CERT"] = f"/{_CERTIFICATES}"
    changes = [word for name, value in settings.items() for word in ("--change", f"ENV {name}={value}")]
    with tempfile.TemporaryFile() as packed:
        subprocess.run(["tar", "-C", tree, "-c", "."], stdout=packed, check=True)
        packed.seek(0)
        words = ["docker", "import", *changes, "-", base_image()]
        subprocess.run(words, env=engine.environment, stdin=packed, stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(tree)


def _mirror() -> str:
    """Return where this machine gets Debian's packages."""
    words = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")
    return next(line.split()[1] for line in found if re.match(r"[a-z]+ \S*/debian/?$", line))


def _pip_settings() -> dict[str, str]:
    """Return the environment of a pip that fetches as this machine's does: by its index and its certificates."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found = re.findall(r"^\S+\.(cert|index-url)='(.*)'$", listed.stdout, re.MULTILINE)
    return {f"PIP_{key.replace('-', '_').upper()}": value for key, value in found}


def _carry_out(words: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, f"{' '.join(words[:2])}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def _build_standing(engine: Engine, name: str, dockerfile: str) -> None:
    """Build the image of one of Debian's two programs, as the compose file calls it."""
    program = packages.ensure(name)
    with tempfile.TemporaryDirectory() as context:
        shutil.copy2(program, Path(context, "program"))
        share = program.parents[2] / "usr/share/prometheus"
        if share.is_dir():  # the templates, whose path is compiled in
            shutil.copytree(share, Path(context, "share"), symlinks=True)
        _build(engine, Path(context), image_of(name), dockerfile)


def _build_grafana(engine: Engine) -> None:
    with tempfile.TemporaryDirectory() as context:
        found = importlib.util.find_spec("yaml")
        assert found is not None
        assert found.origin is not None
        own = Path(found.origin).parent
        shutil.copytree(own, Path(context, "yaml"), ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        run = shutil.copy2(_HERE / "grafana_stand_in.py", Path(context, "run.sh"))
        run.chmod(0o755)
        _build(engine, Path(context), image_of("grafana"), _GRAFANA)


def _build(engine: Engine, context: Path, image: str, dockerfile: str) -> None:
    (context / "Dockerfile").write_text(dockerfile.format(base=base_image()), encoding="utf-8")
    engine.docker("build", "--network", "none", "--tag", image, str(context), seconds=300)


def _build_exporter(engine: Engine, image: str, build_arguments: Mapping[str, str]) -> None:
    given = [word for name, value in build_arguments.items() for word in ("--build-arg", f"{name}={value}")]
    engine.docker("build", "--network", "host", *given, "--tag", image, str(ROOT), seconds=900)
