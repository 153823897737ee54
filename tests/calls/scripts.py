"""What is asked of the two pages: their connections, what they decode, and the colour of what they show."""

from __future__ import annotations

from typing import Final

# Red, green, blue in the middle of a video that is shown; nothing before there is one.
COLOUR: Final = """(id) => {
  const video = document.getElementById(id);
  if (!video?.videoWidth) return null;
  const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 8, 8);
  return [...pen.getImageData(4, 4, 1, 1).data.slice(0, 3)];
}"""
_PEERS: Final = """(() => { if (window.peers) return true; window.peers = []; const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(given) { super({ ...given, MORE }); window.peers.push(this); } };
  return true; })()"""
_STATS: Final = """(async () => { const peer = (window.peers ?? []).findLast((one) => one.connectionState !== "closed");
  const stats = peer ? await peer.getStats() : new Map(); const all = [...stats.values()]; return FOUND; })()"""


def remember_peers(*, relay_only: bool = False) -> str:
    """Keep every connection that a page makes where it can be asked; `relay_only` takes every other way from it."""
    return _PEERS.replace("MORE", 'iceTransportPolicy: "relay"' if relay_only else "")


DECODED: Final = _STATS.replace(
    "FOUND", 'all.find((one) => one.type === "inbound-rtp" && one.kind === "video")?.framesDecoded ?? 0'
)
HEARD: Final = _STATS.replace(
    "FOUND", 'all.find((one) => one.type === "inbound-rtp" && one.kind === "audio")?.packetsReceived ?? 0'
)
WAY: Final = _STATS.replace(
    "FOUND",
    """(() => { const pair = stats.get(all.find((one) => one.type === "transport")?.selectedCandidatePairId);
  return pair ? [stats.get(pair.localCandidateId)?.candidateType, stats.get(pair.remoteCandidateId)?.candidateType]
    : []; })()""",
)
