import { main } from "@pulumi/pulumi/provider/index.js";
import { handlerOf } from "../../../provider/handlers.ts";
import { KpaasProvider } from "../../../provider/provider.ts";
import { simulatedHandlers } from "./handlers.ts";

const silent = { report: () => {}, warn: () => {} };

/** The provider as it is, but for what needs machines that run; prints its port, to be attached to. */
await main(
  new KpaasProvider(silent, async (type) => simulatedHandlers[type] ?? handlerOf(type)),
  process.argv.slice(2),
);
