import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../../../lib/repository.ts";
import { endWithEngine } from "../../../provider/engine-life.ts";
import { clouds } from "./clouds/index.ts";
import { Declarations } from "./declarations.ts";
import { FaultPlan } from "./faults.ts";
import { SimulatedCloudProvider } from "./provider.ts";
import { serve } from "./serve.ts";
import { ObjectStore } from "./store.ts";

const [name = "", folder = "", declarations] = process.argv.slice(2);
const cloud = clouds[name];
if (!cloud) throw new Error(`no cloud ${name}: ${Object.keys(clouds).join(", ")}`);
const sdk = join(repository, "node_modules", cloud.sdk ?? "");
const root = declarations ?? (cloud.sdk ? sdk : undefined);
if (!root) throw new Error(`${name} has no SDK on npm: give a file of declarations`);
const version = cloud.sdk ? JSON.parse(readFileSync(join(sdk, "package.json"), "utf8")).version : "0.0.1";
const calls = join(folder, "calls.jsonl");
const faults = new FaultPlan(folder, cloud.refusal, (call) => appendFileSync(calls, `${JSON.stringify(call)}\n`));

endWithEngine();
await serve(
  new SimulatedCloudProvider({ name, version }, cloud, new Declarations(root), new ObjectStore(folder), faults),
);
