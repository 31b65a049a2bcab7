// Draws `www/icons/icon.svg` into the PNG files that installed pages need: `node tests/browser/tools/icons.mjs`.
// The maskable one has a margin all around, since systems cut it to a circle.

import { readFile, writeFile } from "node:fs/promises";
import { launch } from "../common.mjs";

const folder = new URL("../../../www/icons/", import.meta.url);
const drawing = await readFile(new URL("icon.svg", folder), "utf8");
const browser = await launch();
for (const [name, size, margin] of [
  ["icon-192.png", 192, 0],
  ["icon-512.png", 512, 0],
  ["icon-maskable-512.png", 512, 56],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const ground = margin ? "#2f5bd0" : "transparent";
  await page.setContent(`<body style="margin:${margin}px;background:${ground}">${drawing}</body>`);
  const picture = await page.screenshot({ omitBackground: true });
  await writeFile(new URL(name, folder), picture);
  await page.close();
}
await browser.close();
