import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { run } from "../../lib/run.ts";

const executablePath = "/usr/bin/chromium";

/** Starts Debian's Chromium, installed where it is missing; it looks nothing up by itself. */
export async function startChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    await run("apt-get", ["update"]);
    await run("apt-get", ["install", "--yes", "--no-install-recommends", "chromium"]);
  }
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"];
  const args = ["--no-sandbox", "--disable-gpu", ...quiet, "--disable-sync"];
  return chromium.launch({ executablePath, args });
}
