// Which of the two builds of the program this browser runs, and whether it can run one at all. Used by the page and by
// its workers, so that each finds the same files. `window.gradlabBuild` in index.html asks the first question too, a
// round trip earlier.

/** A function of no arguments whose body is `bytes`, as the smallest module that holds it. */
function moduleOf(signature, bytes) {
  const body = [0, ...bytes, 11];
  const code = [1, body.length, ...body];
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  return new Uint8Array([...header, 1, signature.length + 1, 1, ...signature, 3, 2, 1, 0, 10, code.length, ...code]);
}

const V128 = 0x7b;
/** `i32.const 0; i8x16.splat`, returned. */
const FIXED_SIMD = moduleOf([0x60, 0, 1, V128], [0x41, 0, 0xfd, 0x0f]);
/** `f32x4.relaxed_madd` of three arguments. */
const RELAXED_SIMD = moduleOf([0x60, 3, V128, V128, V128, 1, V128], [0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02]);

/** "relaxed", "simd", or null where the browser has no SIMD in WebAssembly, or no WebAssembly. */
export function chosenBuild() {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(FIXED_SIMD)) return null;
  return WebAssembly.validate(RELAXED_SIMD) ? "relaxed" : "simd";
}

/** Whether `new Worker(..., { type: "module" })` is understood: the browser then asks for the option. */
export function hasModuleWorkers() {
  let asked = false;
  const options = { get type() { asked = true; return "module"; } };
  try {
    new Worker("data:text/javascript,", options).terminate();
  } catch {
    // Refused by a policy perhaps, yet the option was read or not.
  }
  return asked;
}

/** Loads and starts the program; returns its exports. */
export async function loadProgram(build) {
  const glue = new URL(`../pkg/${build}/gradlab.js`, import.meta.url);
  const program = await import(glue.href);
  await program.default({ module_or_path: new URL("gradlab_bg.wasm", glue) });
  return program;
}
