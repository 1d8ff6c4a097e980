import { main } from "@pulumi/pulumi/provider/index.js";
import { handlerOf } from "../../../provider/handlers.ts";
import { KpaasProvider } from "../../../provider/provider.ts";
import { simulatedHandlers } from "./handlers.ts";
import type { SimulatedMachinesOptions } from "./start.ts";

const silent = { report: () => {}, warn: () => {} };

const [options = "{}", ...args] = process.argv.slice(2);
const handlers = simulatedHandlers(JSON.parse(options) as SimulatedMachinesOptions);

/** The provider as it is, but for what needs machines that run; prints its port, to be attached to. */
await main(new KpaasProvider(silent, async (type) => handlers[type] ?? handlerOf(type)), args);
