// Makes the picture at the top of the README, from the built page: `node tests/browser/tools/picture.mjs`.

import { fileURLToPath } from "node:url";
import { STROKES, byId, draw, emptyPad, launch, serve, until } from "../common.mjs";

const server = await serve();
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "en-GB", reducedMotion: "reduce" });
await page.goto(`${server.address}#/draw`);
await emptyPad(page);
await draw(page, STROKES[3]);
await until(async () => (await byId(page, "prediction").innerText()).trim() === "3", "a reading");
await page.mouse.move(0, 0);
await page.waitForTimeout(500);
await page.screenshot({ path: fileURLToPath(new URL("../../../docs/draw.png", import.meta.url)) });
await browser.close();
server.stop();
