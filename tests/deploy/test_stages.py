"""Making an image: a stage is done once for the same inputs, and nothing of this machine's gets in."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.image import sbom
from deploy.image.__main__ import prepare
from deploy.image.root import can_run, read_host_sources, rewrite
from deploy.image.slot import SLOT_BYTES, size_for
from deploy.image.stages import ImageFailed, Making, Stage, digest_of, read_list, run

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "deploy" / "image"
MIB = 1024**2
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEW = f"""Types: deb
# where it was taken from
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}
"""


def test_a_stage_is_done_once_for_the_same_inputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "made"

    def stage(*inputs: str) -> Stage:
        return Stage("tea", inputs, (made,), lambda: made.write_text("hot") and None)

    assert stage("leaves").run(tmp_path)
    assert not stage("leaves").run(tmp_path)
    assert stage("other leaves").run(tmp_path)
    made.unlink()
    assert stage("other leaves").run(tmp_path), "what is gone is made again"
    assert "tea      unchanged" in capsys.readouterr().out


def test_a_stage_that_failed_is_done_again(tmp_path: Path) -> None:
    def break_it() -> None:
        (tmp_path / "made").touch()
        raise ImageFailed("spilt")

    broken = Stage("tea", ("leaves",), (tmp_path / "made",), break_it)
    for _ in range(2):
        with pytest.raises(ImageFailed, match="spilt"):
            broken.run(tmp_path)


def test_a_stage_that_leaves_nothing_has_failed(tmp_path: Path) -> None:
    with pytest.raises(ImageFailed, match="was not made"):
        Stage("tea", (), (tmp_path / "made",), lambda: None).run(tmp_path)


def test_a_digest_is_of_names_modes_and_contents_never_of_dates(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "file"
    file.write_text("a")
    first = digest_of(folder)
    shutil.copytree(folder, tmp_path / "copy" / "folder")
    assert digest_of(tmp_path / "copy" / "folder") == first
    file.chmod(0o755)
    assert digest_of(folder) != first


@pytest.mark.parametrize(
    "sources",
    [
        {"sources.list.d/debian.sources": NEW},
        {"sources.list": f"""# of this machine
deb [signed-by={KEYRING}] http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm-updates main   # newer
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb http://tools.example/apt stable main
"""},
    ],
)
def test_packages_come_from_where_this_machine_gets_its_own(tmp_path: Path, sources: dict[str, str]) -> None:
    for name, text in sources.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = rewrite(read_host_sources(tmp_path))
    assert found.count("http://mirror.example/debian\n") >= 1
    assert "http://mirror.example/debian-security\n" in found
    assert "trixie-security" in found
    assert "trixie-updates" in found
    assert "bookworm" not in found
    assert "tools.example" not in found
    assert "Components: main non-free-firmware\n" in found


def test_a_machine_without_sources_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ImageFailed, match="no source of Debian's"):
        read_host_sources(tmp_path)


def test_a_slots_file_system_has_room_for_the_system_and_little_more(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "slot.ext4"
    for number in range(60):
        (tree / f"{number}").mkdir(parents=True)
        for name in range(50):
            (tree / f"{number}" / f"{name}").write_bytes(b"a little")
    large = tree / "large"
    large.write_bytes(bytes(100 * MIB))
    (tree / "large again").hardlink_to(large)
    size = size_for(tree)
    assert size < 190 * MIB
    with out.open("wb") as file:
        file.truncate(size)
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-d", tree, out])
    with large.open("r+b") as file:
        file.truncate(SLOT_BYTES)
    with pytest.raises(ImageFailed, match="leave something out"):
        size_for(tree)


def test_the_bill_names_every_package_with_its_version(tmp_path: Path) -> None:
    making = Making(tmp_path, "2026.12.1", 1_793_491_200, tmp_path)
    status = making.tree / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(
        "Package: libtea1\nStatus: install ok installed\nArchitecture: amd64\nSource: tea\nVersion: 1.2-1+b1\n\n"
        "Package: coffee\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 3\n"
    )
    about = making.tree / "opt/yizhan/lib/python3.13/site-packages/Cup-4.dist-info/METADATA"
    about.parent.mkdir(parents=True)
    about.write_text("Metadata-Version: 2.4\nName: Cup\nVersion: 4\nLicense-Expression: MIT\n")
    (tmp_path / "system.stamp").write_text("made")
    sbom.stage(making).run(tmp_path)
    first = sbom.bill_of(making).read_bytes()
    bill = json.loads(first)
    found = {part["purl"] for part in bill["components"]}
    assert found == {"pkg:deb/debian/libtea1@1.2-1+b1?arch=amd64", "pkg:pypi/cup@4"}
    assert bill["metadata"]["timestamp"].startswith("2026-11-01T")
    (tmp_path / "sbom.stamp").unlink()
    sbom.stage(making).run(tmp_path)
    assert sbom.bill_of(making).read_bytes() == first


def test_a_signer_for_trials_is_made_once_and_vouched_for(tmp_path: Path) -> None:
    making = prepare(tmp_path / "image", "2026.12.1", None)
    key = (making.ca / "key.pem").read_bytes()
    assert prepare(tmp_path / "image", "2026.12.2", None).ca == making.ca
    assert (making.ca / "key.pem").read_bytes() == key
    assert (making.ca / "key.pem").stat().st_mode & 0o077 == 0
    said = run(["openssl", "verify", "-CAfile", making.ca / "ca.pem", making.ca / "cert.pem"])
    assert said.strip().endswith(": OK")
    about = run(["openssl", "x509", "-in", making.ca / "cert.pem", "-noout", "-text"])
    assert "Code Signing" in about
    with pytest.raises(ImageFailed, match=r"has no ca\.pem"):
        prepare(tmp_path / "image", "2026.12.1", tmp_path)


def test_a_technicians_keys_are_taken_with_the_signers_signature_alone(tmp_path: Path) -> None:
    making = prepare(tmp_path / "image", "2026.12.1", None)
    keys, signed = tmp_path / "authorized_keys", tmp_path / "authorized_keys.sig"
    keys.write_text("ssh-ed25519 AAAA technician\n")
    run(["openssl", "cms", "-sign", "-binary", "-in", keys, "-signer", making.ca / "cert.pem", "-inkey",
         making.ca / "key.pem", "-outform", "DER", "-out", signed])
    script = (IMAGE / "station/usr/lib/yizhan/technician-keys").read_text().replace(
        "/etc/rauc/keyring.pem", str(making.ca / "ca.pem")
    )
    (tmp_path / "host_key").touch()
    command = ["sh", "-c", script, "technician-keys", str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    keys.write_text("ssh-ed25519 BBBB stranger\n")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_lists_of_packages_name_each_once() -> None:
    for name in ("packages.txt", "station-packages.txt"):
        words = read_list(IMAGE / name)
        assert len(words) == len(set(words)) > 10


def test_another_architecture_is_run_where_the_kernel_knows_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    known = tmp_path / "qemu-aarch64"
    assert can_run("amd64", tmp_path)
    assert not can_run("arm64", tmp_path)
    known.write_text("disabled\ninterpreter /usr/bin/qemu-aarch64-static\n")
    assert not can_run("arm64", tmp_path)
    known.write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\n")
    assert can_run("arm64", tmp_path)
