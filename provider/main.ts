import { main } from "@pulumi/pulumi/provider/index.js";
import { endWithEngine } from "./engine-life.ts";
import { engineLog } from "./engine-log.ts";
import { KpaasProvider } from "./provider.ts";

const args = process.argv.slice(2);
endWithEngine();
await main(new KpaasProvider(engineLog(args)), args);
