"""The policy in the real browser: camera and microphone for the call page alone, and no way out of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.browser.policy import main, render
from tests.fake_desk import wait_for

_TRY = """<!doctype html><title>t</title><script>
const tell = (name, value) => fetch(`/told/${name}/${value}`);
const script = async () => {
  tell("here", location.port);
  try { (await navigator.mediaDevices.getUserMedia({ video: true, audio: true })); tell("camera", "granted"); }
  catch (fault) { tell("camera", fault.name); }
  tell("opened", window.open("http://127.0.0.1:OTHER/") ? "yes" : "no");
  const link = Object.assign(document.createElement("a"), { href: "/file.bin", download: "file.bin" });
  document.body.append(link); link.click();
  await new Promise((done) => setTimeout(done, 500));
  const frame = Object.assign(document.createElement("iframe"), { src: "http://127.0.0.1:OTHER/" });
  document.body.append(frame);
  await new Promise((done) => setTimeout(done, 700));
  for (const way of ["file:///etc/passwd", `view-source:${location}`]) {
    location.href = way;
    await new Promise((done) => setTimeout(done, 400));
  }
  tell("stayed", "yes");
  await new Promise((done) => setTimeout(done, 200));
  location.href = "http://127.0.0.1:OTHER/";
};
addEventListener("load", script);
</script><body>"""


class Site:
    """A page on loopback that tells what it could do."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.page = ""
        site = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.told.append(self.path)
                body = b"x" * 4096 if self.path == "/file.bin" else site.page.encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-y" if self.path == "/file.bin" else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sites() -> Iterator[tuple[Site, Site]]:
    ours, other = Site(), Site()
    other.page = "<script>fetch('/told/other/ran')</script>"
    yield ours, other
    ours.close()
    other.close()


def run_with_policy(folder: Path, policy: dict[str, object], url: str) -> subprocess.Popen[bytes]:
    managed = folder / "policies" / "managed"
    managed.mkdir(parents=True)
    (managed / "yizhan.json").write_text(json.dumps(policy), encoding="utf-8")
    command = (
        f"mkdir -p /etc/chromium/policies && mount --bind {folder}/policies /etc/chromium/policies && exec "
        f"chromium --headless=new --no-sandbox --no-first-run --user-data-dir={folder}/profile "
        f"--use-fake-device-for-media-stream '{url}'"
    )
    return subprocess.Popen(
        ["unshare", "-m", "sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env={**os.environ, "HOME": str(folder)},
    )


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs a mount namespace")
def test_nothing_leads_out_and_the_camera_is_granted(sites: tuple[Site, Site], tmp_path: Path) -> None:
    ours, other = sites
    ours.page = _TRY.replace("OTHER", str(other.port))
    browser = run_with_policy(tmp_path, render(ours.port), f"http://127.0.0.1:{ours.port}/")
    try:
        wait_for(lambda: "/told/stayed/yes" in ours.told, "a file or the page's own source was shown")
        time.sleep(0.9)
    finally:
        os.killpg(browser.pid, 9)
        browser.wait(60)
    assert "/told/camera/granted" in ours.told
    assert other.told == [], "another origin was reached"
    assert not list(tmp_path.rglob("file.bin*"))


def test_the_policy_names_the_port_and_the_providers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "9000", "--provider", "https://doctors.example"]) == 0
    policy = json.loads(capsys.readouterr().out)
    assert policy["URLAllowlist"] == ["http://127.0.0.1:9000", "https://doctors.example"]
    assert policy["URLBlocklist"] == ["*"]
    assert policy["VideoCaptureAllowed"] is False
