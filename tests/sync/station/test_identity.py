"""Keys and install ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.station.errors import AgentRunning, KeyMissing, StoreUnwritable
from sync.station.identity import Keys, find_hardware, find_install, name_of, sole_agent


def test_a_key_is_private_and_comes_back(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "station")
    key = keys.make()
    path = tmp_path / "station" / "keys" / f"{name_of(key)}.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.load(name_of(key)).private_bytes_raw() == key.private_bytes_raw()
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_new_key_replaces_no_other_until_told(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    old, new = keys.make(), keys.make()
    unused = keys.find_unused(name_of(old))
    assert unused
    assert name_of(unused) == name_of(new)
    keys.forget_others(name_of(new))
    with pytest.raises(KeyMissing):
        keys.load(name_of(old))
    assert keys.find_unused(name_of(new)) is None


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33, b"x" * 32])
def test_a_damaged_key_is_refused_and_never_reused(tmp_path: Path, content: bytes) -> None:
    keys = Keys(tmp_path)
    name = name_of(keys.make())
    (tmp_path / "keys" / f"{name}.key").write_bytes(content)
    with pytest.raises(KeyMissing):
        keys.load(name)
    assert keys.find_unused("") is None


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    name = name_of(keys.make())
    (tmp_path / "keys" / f"{name}.key").chmod(0o640)
    with pytest.raises(KeyMissing, match="chmod"):
        keys.load(name)


def test_a_folder_for_keys_that_cannot_be_made_is_a_store_fault(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("in the way")
    with pytest.raises(StoreUnwritable):
        Keys(tmp_path).make()


def test_the_install_id_is_stable_and_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIZHAN_INSTALL", raising=False)
    here = find_install()
    assert here == find_install()
    monkeypatch.setenv("YIZHAN_INSTALL", "demo 1")
    one = find_install()
    monkeypatch.setenv("YIZHAN_INSTALL", "demo 2")
    assert len({here, one, find_install()}) == 3
    assert one.isalnum()


def test_the_first_built_in_card_names_the_hardware(tmp_path: Path) -> None:
    for name, bus, address in [
        ("eth1", "pci0000/1", "00:11:22:33:44:02"), ("eth0", "pci0000/usb1/2", "00:11:22:33:44:01"),
        ("wlan0", "pci0000/3", "00:11:22:33:44:03"), ("enp1", "pci0000/4", "02:00:00:00:00:01"),
        ("docker0", "", "00:11:22:33:44:00"), ("bad", "pci0000/5", "nonsense"),
        ("nil", "pci0000/6", "00:00:00:00:00:00"),
    ]:
        card = tmp_path / "net" / name
        card.mkdir(parents=True)
        (card / "address").write_text(f"{address}\n")
        if bus:
            (tmp_path / "devices" / bus).mkdir(parents=True)
            (card / "device").symlink_to(tmp_path / "devices" / bus)
    assert find_hardware(tmp_path / "net") == "00:11:22:33:44:02"
    assert find_hardware(tmp_path / "nowhere") == ""


def test_a_folder_has_one_agent(tmp_path: Path) -> None:
    with sole_agent(tmp_path), pytest.raises(AgentRunning), sole_agent(tmp_path):
        pass
    with sole_agent(tmp_path):
        pass


def test_in_a_shared_folder_the_group_may_read_what_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    folder.chmod(0o2770)
    keys = Keys(folder)
    key = keys.make()
    path = folder / "keys" / f"{name_of(key)}.key"
    assert path.stat().st_mode & 0o007 == 0
    assert path.stat().st_mode & 0o060, "kiosk and agent are two accounts of one group"
    assert keys.load(name_of(key)).private_bytes_raw() == key.private_bytes_raw()
    path.chmod(0o664)
    with pytest.raises(KeyMissing):
        keys.load(name_of(key))
