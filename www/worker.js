// The entry of every worker: `new Worker("www/worker.js", { type: "module" })`. Loads the same program as the page and
// hands over; what kind of worker it is, its first message tells. The program posts that it is ready before anything is
// sent to it: messages that arrive earlier would be lost.

import { chosenBuild, loadProgram } from "./build.js";

const program = await loadProgram(chosenBuild());
await program.start_worker();
