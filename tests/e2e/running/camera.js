// A camera that sees what the test holds before it: `showToCamera(picture)` with a data address.
(() => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  const pen = canvas.getContext("2d");
  window.showToCamera = async (address) => {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    pen.fillStyle = "#777";
    pen.fillRect(0, 0, 640, 480);
    pen.drawImage(picture, 100, 20, 440, 440);
  };
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(15);
})();
