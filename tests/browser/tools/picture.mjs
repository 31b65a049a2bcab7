// Makes the picture at the top of the README, from the built page: `node tests/browser/tools/picture.mjs`.

import { fileURLToPath } from "node:url";
import { byId, draw, emptyPad, launch, serve, until } from "../common.mjs";

/** A four that a hurried hand has nearly closed: the network has to weigh it against a nine. */
const FOUR = [
  [[47.5, 16], [36, 26], [31, 42], [42, 52], [56, 50], [71.8, 43]],
  [[71, 15], [68, 40], [65, 62], [62, 88]],
];

/** A curve through the corners, as a hand would draw it (Catmull-Rom). */
function smooth(corners, parts = 8) {
  const at = (index) => corners[Math.max(0, Math.min(corners.length - 1, index))];
  const points = [corners[0]];
  for (let index = 0; index < corners.length - 1; index++) {
    const [a, b, c, d] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    for (let part = 1; part <= parts; part++) {
      const t = part / parts;
      points.push([0, 1].map((axis) => 0.5 * (2 * b[axis] + (c[axis] - a[axis]) * t
        + (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t
        + (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t ** 3)));
    }
  }
  return points;
}

const server = await serve();
const browser = await launch();
const page = await browser.newPage({
  viewport: { width: 1180, height: 1004 },
  locale: "en-GB",
  colorScheme: "light",
  reducedMotion: "reduce",
});
await page.goto(`${server.address}#/draw`);
await emptyPad(page);
await draw(page, FOUR.map((stroke) => smooth(stroke)));
await until(async () => (await byId(page, "prediction").innerText()).trim() === "4", "a reading");
await page.mouse.move(0, 0);
await page.evaluate(() => document.activeElement?.blur());
await page.waitForTimeout(500);
await page.screenshot({ path: fileURLToPath(new URL("../../../docs/draw.png", import.meta.url)) });
await browser.close();
server.stop();
