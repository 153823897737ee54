"""A site file is right as a whole, or every fault of it is told and what was there before stays."""

from __future__ import annotations

import errno
import shutil
import subprocess
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.enrolment import make_code
from sync.station.host.screen import keep_screen, read_screen
from sync.station.host.table import ScreenSet
from sync.station.site.__main__ import main
from sync.station.site.apply import Places, apply
from sync.station.site.errors import SiteFileWrong
from sync.station.site.render import render
from sync.station.site.schema import KEYS, MAX_BYTES, Site, check_site, read_site

ROOT = Path(__file__).resolve().parents[4]
EXAMPLE = ROOT / "deploy" / "image" / "boot" / "site.example.toml"
CODE = make_code()
WHOLE = f"""
[station]
code = "{CODE}"
office = "https://office.example/"

[network]
address = "192.0.2.20/24"
gateway = "192.0.2.1"
dns = ["192.0.2.1", "2001:db8::1"]
time = ["ntp.example"]

[wifi]
name = "驿站"
password = 'so "quoted" #1'
country = "CN"

[screen]
rotation = 90
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(
        stick=tmp_path / "stick", drivers=tmp_path / "drivers", boot=tmp_path / "efi", kept=tmp_path / "site",
        run=tmp_path / "run", kiosk=tmp_path / "kiosk.toml", authorities=tmp_path / "world.pem",
    )
    for folder in (places.boot, places.kept, places.run):
        folder.mkdir()
    places.kiosk.write_text('data = "/data/station"\n')
    places.authorities.write_text("the world\n")
    return places


def text_of(places: Places, name: str) -> str:
    return (places.run / name).read_text()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text("\ufeff" + WHOLE.replace("\n", "\r\n"), encoding="utf-8")
    site = read_site(path)
    assert site.office == "https://office.example"
    assert site.dns == ("192.0.2.1", "2001:db8::1")
    assert (site.wifi, site.password) == ("驿站", 'so "quoted" #1')
    assert (site.code.replace(" ", ""), site.rotation) == (CODE.replace(" ", ""), 90)


def test_the_example_names_every_key_and_is_right_with_and_without_its_marks() -> None:
    text = EXAMPLE.read_text()
    assert check_site(tomllib.loads(text)) == Site()
    meant = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    bare = "\n".join(line for line in meant if "=" in line or line.startswith("["))
    said = check_site(tomllib.loads(bare.replace("7KQ2M 9XW4F", CODE)))
    assert said.address == "192.0.2.20/24"
    for table, keys in KEYS.items():
        assert f"# [{table}]" in text
        assert all(f"# {key} = " in text for key in keys if key != "authority"), table


def test_every_fault_is_told_at_once_and_a_password_never() -> None:
    with pytest.raises(SiteFileWrong) as told:
        check_site({
            "netwrok": {}, "network": {"adress": "x", "address": "192.0.2.0/24", "dns": []},
            "wifi": {"name": "n", "password": "short"}, "screen": {"rotation": 45}, "station": "none",
        })
    said = "\n".join(told.value.faults)
    assert "[netwrok]: unknown, did you mean 'network'?" in said
    assert "network.adress: unknown, did you mean 'address'?" in said
    assert "network.address = '192.0.2.0/24': expected an address with its prefix" in said
    assert "network.dns = []: expected a list of addresses" in said
    assert "screen.rotation = 45: expected 0, 90, 180 or 270" in said
    assert "[station]: expected a table" in said
    assert "wifi.password: expected 8 to 63 characters" in said
    assert "short" not in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"network": {"gateway": "192.0.2.1"}}, "wants network.address"),
        ({"network": {"address": "192.0.2.20/24", "gateway": "198.51.100.1"}}, "not in 192.0.2.0/24"),
        ({"wifi": {"password": "12345678"}}, "wants wifi.name"),
        ({"station": {"code": CODE}}, "wants station.office"),
        ({"station": {"office": "http://office.example"}}, "expected an address such as"),
        ({"station": {"code": "AAAAA AAAAA", "office": "https://office.example"}}, "ten characters"),
        ({"station": {"authority": "-----BEGIN PRIVATE KEY-----"}}, "certificates in PEM"),
        ({"wifi": {"name": "two\nlines"}}, "words on one line"),
    ],
)
def test_what_does_not_fit_together_is_told(values: dict[str, object], said: str) -> None:
    with pytest.raises(SiteFileWrong, match=said):
        check_site(values)


@given(st.text(max_size=63), st.text(max_size=32))
def test_no_word_of_a_file_becomes_syntax(password: str, name: str) -> None:
    try:
        site = check_site({"wifi": {"name": name, "password": password}})
    except SiteFileWrong:
        return
    wifi = render(site, "", "")["yizhan/wifi.conf"].text.splitlines()
    assert len(wifi) == 9
    assert wifi[2].strip() == f"ssid={name.encode().hex()}"
    assert wifi[6].strip() == f'psk="{password}"'.strip()


def test_a_cable_with_dhcp_is_what_an_empty_file_means(places: Places) -> None:
    (places.boot / "site.toml").write_text("")
    apply(places)
    assert "DHCP=yes" in text_of(places, "systemd/network/20-site-wired.network")
    assert text_of(places, "yizhan/kiosk.toml") == 'data = "/data/station"\n'
    assert not (places.run / "yizhan/wifi.conf").exists()
    assert not (places.run / "yizhan/enrol.env").exists()


def test_a_stick_is_kept_and_counts_when_it_is_gone(places: Places) -> None:
    places.stick.mkdir()
    (places.stick / "site.toml").write_text(WHOLE)
    (places.boot / "site.toml").write_text('[wifi]\nname = "old"\n')
    apply(places)
    shutil.rmtree(places.stick)
    site = apply(places)
    assert site.wifi == "驿站"
    assert (places.kept / "site.toml").stat().st_mode & 0o777 == 0o600
    assert (places.run / "yizhan/wifi.conf").stat().st_mode & 0o007 == 0
    wifi = text_of(places, "systemd/network/21-site-wifi.network")
    assert "Address=192.0.2.20/24" in wifi
    assert "Gateway=192.0.2.1" in wifi
    assert "DHCP=yes" in text_of(places, "systemd/network/20-site-wired.network"), "the fixed address is the Wi-Fi's"
    assert tomllib.loads(text_of(places, "yizhan/kiosk.toml"))["office"] == "https://office.example"
    assert text_of(places, "yizhan/enrol.env").splitlines()[0] == "OFFICE=https://office.example"
    assert text_of(places, "systemd/timesyncd.conf.d/20-site.conf") == "[Time]\nNTP=ntp.example\n"


def test_a_bad_stick_changes_nothing_and_is_told(places: Places) -> None:
    places.stick.mkdir()
    (places.stick / "site.toml").write_text(WHOLE)
    apply(places)
    (places.stick / "site.toml").write_text("[network")
    with pytest.raises(SiteFileWrong):
        apply(places)
    assert read_site(places.kept / "site.toml").wifi == "驿站"
    assert "ssid=" in text_of(places, "yizhan/wifi.conf")


def test_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[wifi]\nname = "a"\npasswrd = "12345678"\n\n[network]\naddress = "192.0.2.20"\n[scren]\n')
    with pytest.raises(SiteFileWrong) as wrong:
        read_site(path)
    assert [fault.rpartition(" (at ")[2] for fault in wrong.value.faults] == ["line 3)", "line 6)", "line 7)"]
    path.write_text('[wifi]\nname = "a"\n[network\n')
    with pytest.raises(SiteFileWrong, match="at line 3"):
        read_site(path)


def test_a_stick_that_cannot_be_read_leaves_the_station_as_it_was(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places.kept / "site.toml").write_text(WHOLE)
    places.stick.mkdir()
    (places.stick / "site.toml").write_text("broken")

    def broken(_path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("sync.station.site.apply.read_bytes", broken)
    assert apply(places).wifi == "驿站"
    assert "ssid=" in text_of(places, "yizhan/wifi.conf")


def test_of_a_stick_no_more_is_read_than_a_site_file_can_be(places: Places) -> None:
    places.stick.mkdir()
    with (places.stick / "site.toml").open("wb") as file:
        file.truncate(1 << 40)
    for name in ("authorized_keys", "authorized_keys.sig"):
        with (places.stick / name).open("wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(SiteFileWrong, match="larger than 64 KiB"):
        apply(places)
    assert (places.run / "yizhan/technician/authorized_keys").stat().st_size <= MAX_BYTES


def test_a_stick_that_the_kernel_has_seen_is_waited_for(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    (places.drivers / "usb-storage" / "1-1:1.0" / "host2").mkdir(parents=True)
    looked = threading.Event()

    def is_mount(path: Path) -> bool:
        looked.set()
        return path.exists()

    def mount() -> None:
        assert looked.wait(60)
        (places.run / "mounting").mkdir()
        (places.run / "mounting" / "site.toml").write_text(WHOLE)
        (places.run / "mounting").rename(places.stick)

    monkeypatch.setattr(Path, "is_mount", is_mount)
    monkeypatch.setattr("sync.station.site.apply._STICK_S", 60.0)
    mounting = threading.Thread(target=mount)
    mounting.start()
    assert apply(places).wifi == "驿站"
    mounting.join()


def test_the_file_turns_the_screen_until_somebody_turns_it_at_the_station(places: Places) -> None:
    (places.boot / "site.toml").write_text("[screen]\nrotation = 270\n")
    apply(places)
    assert read_screen(places.kept).rotation == 270
    keep_screen(places.kept, ScreenSet(0))
    apply(places)
    assert read_screen(places.kept).rotation == 0


def test_an_office_with_a_certificate_of_its_own_is_believed(places: Places) -> None:
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=office"],
        capture_output=True, text=True, check=True,
    ).stdout
    (places.boot / "site.toml").write_text(f'[station]\nauthority = """\n{made}"""\n')
    apply(places)
    assert text_of(places, "yizhan/authorities.pem").startswith("the world\n")
    assert made.strip() in text_of(places, "yizhan/authorities.pem")
    assert "REQUESTS_CA_BUNDLE=/run/yizhan/authorities.pem" in text_of(places, "yizhan/site.env")


def test_a_technicians_keys_come_along_only_with_their_signature(places: Places) -> None:
    places.stick.mkdir()
    (places.stick / "authorized_keys").write_text("ssh-ed25519 AAAA\n")
    apply(places)
    assert not (places.run / "yizhan/technician").exists()
    (places.stick / "authorized_keys.sig").write_bytes(b"signed")
    apply(places)
    assert (places.run / "yizhan/technician/authorized_keys").stat().st_mode & 0o777 == 0o600


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "site.toml"
    path.write_text("[wfi]\n")
    assert main(["check", str(path)]) == 1
    assert "SITE-FILE" in capsys.readouterr().err
    path.write_text(WHOLE)
    assert main(["check", str(path)]) == 0
    assert main(["check", str(tmp_path / "none.toml")]) == 1


def test_places_are_those_of_the_image() -> None:
    mount = (ROOT / "deploy/systemd/run-yizhan-stick.mount").read_text()
    assert f"Where={Places().stick}\n" in mount
    fstab = (ROOT / "deploy/image/station/etc/fstab").read_text()
    assert f" {Places().boot} vfat" in fstab
    assert replace(Places()).kiosk == Path("/etc/yizhan/kiosk.toml")
