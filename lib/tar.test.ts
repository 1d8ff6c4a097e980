import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { tarOf } from "./tar.ts";

test("an archive holds each file whole, for its owner only", async () => {
  const files = { "etc/nftables.conf": "flush ruleset\n", empty: "", "a/long": "é".repeat(100_000) };
  const found: Record<string, string> = {};
  const modes = new Set<number | undefined>();
  const reader = extract();
  reader.on("entry", ({ name, mode }, stream, next) => {
    modes.add(mode);
    void text(stream).then((content) => {
      found[name] = content;
      next();
    });
  });
  await pipeline(Readable.from([await tarOf(files)]), reader);
  expect(found).toEqual(files);
  expect([...modes]).toEqual([0o600]);
});
