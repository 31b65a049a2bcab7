// The browser and the server of a built folder, for the tests and for the bench.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The folder that is tested: `DIST`, which xtask sets, or the one that `cargo xtask build` makes. */
export const DIST = process.env.DIST ?? `${ROOT}dist`;

/**
 * As root a browser has no sandbox; without a GPU, WebGPU needs the flag for its software adapter. The tests of the wasm
 * read the same list.
 */
const FLAGS = JSON.parse(readFileSync(new URL("flags.json", import.meta.url), "utf8"));

/** The installed browser: `CHROME`, which xtask sets, or Debian's Chromium. */
export function launch(flags = []) {
  return chromium.launch({
    executablePath: process.env.CHROME ?? "/usr/bin/chromium",
    args: [...FLAGS, ...flags],
  });
}

/** Starts `xtask serve` over a built folder on a free port; `{ address, stop }`. */
export async function serve({ isolated = true, under = "/", folder = DIST } = {}) {
  const xtask = process.env.XTASK;
  const [program, ...start] = xtask ? [xtask] : ["cargo", "run", "--quiet", "--package", "xtask", "--"];
  const options = ["serve", "--port", "0", "--folder", folder, "--under", under];
  if (!isolated) options.push("--no-isolation");
  const child = spawn(program, [...start, ...options], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += chunk;
      const found = printed.match(/http:\/\/127\.0\.0\.1:\d+\S*/);
      if (found) resolve(found[0]);
    });
    child.on("exit", (code) => reject(new Error(`xtask serve ended with ${code}`)));
  });
  return { address, stop: () => child.kill() };
}
