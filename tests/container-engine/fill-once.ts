import { json } from "node:stream/consumers";
import type { Context } from "../../provider/resource.ts";
import { handler } from "../../provider/resources/registry-images.ts";

const tell = (message: string) => console.log(message);
const context: Context = {
  ...{ name: "images", environment: "test", report: tell, warn: tell },
  signal: new AbortController().signal,
};

/** Fills a registry as the provider does, by inputs from standard input, and prints how far it is: to be killed. */
await handler.create(handler.inputs.parse(await json(process.stdin)), context);
process.exit(0);
