// A ring: two tones every two seconds, and the page's title. Browsers play only after the page was touched once.

const EVERY_MS = 2000;
const title = document.title;
let sound = null;
let timer = 0;

/** Called when a key or button was pressed. */
export function unlock() {
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume();
}

export function start(words) {
  stop();
  let turn = 0;
  const beat = () => {
    document.title = turn++ % 2 ? title : `☎ ${words}`;
    if (turn % 2) play();
  };
  beat();
  timer = setInterval(beat, EVERY_MS / 2);
}

export function stop() {
  clearInterval(timer);
  document.title = title;
}

function play() {
  if (sound?.state !== "running") return;
  for (const [at, pitch] of [[0, 660], [0.28, 880]]) {
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    const from = sound.currentTime + at;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.25, from + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.26);
    tone.connect(volume).connect(sound.destination);
    tone.start(from);
    tone.stop(from + 0.3);
  }
}
