// A drawn picture and silence, where a demonstration's computer has neither camera nor microphone. It says what it is.

const FRAMES = 15;

/** A stream as the devices would give it: 640×360, one voice that says nothing. */
export function drawnDevices() {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const pen = canvas.getContext("2d");
  const picture = canvas.captureStream(FRAMES);
  const timer = setInterval(() => draw(pen), 1000 / FRAMES);
  const audio = new AudioContext();
  const silence = audio.createMediaStreamDestination().stream;
  const [video] = picture.getVideoTracks();
  const stop = video.stop.bind(video);
  video.stop = () => {
    clearInterval(timer);
    audio.close();
    stop();
  };
  return new MediaStream([video, ...silence.getAudioTracks()]);
}

// A station that stands upright shows the middle third, with the doctor's name over the lower end.
function draw(pen) {
  const { width, height } = pen.canvas;
  const turn = performance.now() / 600;
  pen.fillStyle = "#17795B";
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = "#FFFFFF";
  pen.beginPath();
  pen.arc(width / 2 + Math.cos(turn) * 30, height * 0.32, 58, 0, 2 * Math.PI);
  pen.fill();
  pen.textAlign = "center";
  pen.font = "bold 38px sans-serif";
  pen.fillText("演示画面", width / 2, height * 0.66);
  pen.font = "28px sans-serif";
  pen.fillText("没有摄像头", width / 2, height * 0.76);
}
