"""What Chromium draws of image files."""

import base64
from collections.abc import Sequence
from io import BytesIO

from PIL import Image
from selenium import webdriver

AT_ONCE = 40
"""Files a call; one of more than some megabytes would be slow to pass through the driver."""

DRAW = """
const [files, done] = arguments;
const drawn = async (file) => {
  const image = new Image();
  image.src = file;
  try { await image.decode(); } catch { return null; }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return canvas.toDataURL("image/png");
};
Promise.all(files.map(drawn)).then(done);
"""


def drawn_by(browser: webdriver.Chrome, files: Sequence[bytes]) -> list[Image.Image | None]:
    """Each file upright in sRGB with its transparency (RGBA); None if Chromium cannot draw it."""
    browser.get("about:blank")
    found: list[Image.Image | None] = []
    for start in range(0, len(files), AT_ONCE):
        uris = [f"data:image/*;base64,{base64.b64encode(file).decode()}" for file in files[start : start + AT_ONCE]]
        found += [uri and _opened(uri) for uri in browser.execute_async_script(DRAW, uris)]
    return found


def _opened(uri: str) -> Image.Image:
    with Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        return picture.convert("RGBA")
