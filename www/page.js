// The page's entry: loads the program and hands over to it, or says in one sentence why that cannot be. Everything else
// is in the program itself.

import { chosenBuild, hasModuleWorkers, loadProgram } from "./build.js";

const SENTENCES = {
  noWasm: {
    en: "This browser has no WebAssembly, or it is switched off; GradLab needs it. Any current browser has it.",
    zh: "此浏览器不支持或已关闭 WebAssembly，而 GradLab 需要它。请换用较新的浏览器。",
  },
  noSimd: {
    en: "This browser's WebAssembly lacks SIMD, which GradLab computes with. Any current browser has it.",
    zh: "此浏览器的 WebAssembly 不支持 SIMD，GradLab 无法运算。请换用较新的浏览器。",
  },
  noWorkers: {
    en: "This browser has no module workers, in which GradLab trains its networks. Any current browser has them.",
    zh: "此浏览器不支持模块化 Worker，GradLab 需要用它训练网络。请换用较新的浏览器。",
  },
  notLoaded: {
    en: "The program could not be loaded. Check the connection and reload the page.",
    zh: "程序未能加载。请检查网络连接，然后刷新页面。",
  },
};

/** The language of the address, of the last visit, of the browser: the first that is one of the page's two. */
function language() {
  const asked = new URLSearchParams(location.hash.split("?")[1] ?? "").get("lang");
  let kept = null;
  try {
    kept = localStorage.getItem("gradlab.language");
  } catch {
    // A browser that keeps nothing is no error.
  }
  const codes = [asked, kept, ...navigator.languages].map((code) => (code ?? "").slice(0, 2).toLowerCase());
  return codes.find((code) => code === "en" || code === "zh") ?? "en";
}

function say(sentence) {
  document.documentElement.lang = language();
  const status = document.querySelector("[data-testid=status]");
  if (!status) return;
  status.textContent = SENTENCES[sentence][language()];
  status.dataset.warning = "true";
}

async function start() {
  if (typeof WebAssembly !== "object") return say("noWasm");
  const build = chosenBuild();
  if (build === null) return say("noSimd");
  if (typeof Worker !== "function" || !hasModuleWorkers()) return say("noWorkers");
  let program;
  try {
    program = await loadProgram(build);
  } catch (error) {
    console.error(error);
    return say("notLoaded");
  }
  program.start_page();
  keepForOffline();
}

/** After the page has come to rest, so that this takes nothing from the first prediction. */
function keepForOffline() {
  if (!("serviceWorker" in navigator)) return;
  setTimeout(async () => {
    try {
      await navigator.serviceWorker.register(new URL("../service-worker.js", import.meta.url));
      const { active } = await navigator.serviceWorker.ready;
      // Eleven megabytes: not for those who asked the browser to save data.
      if (!navigator.connection?.saveData) active.postMessage("keep the data");
    } catch (error) {
      console.info(`Not kept for offline use: ${error.message}`);
    }
  }, 2000);
}

start();
