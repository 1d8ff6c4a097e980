import { PolicyPack } from "@pulumi/policy";
import { endWithEngine } from "../provider/engine-life.ts";
import { rules } from "./rules.ts";

endWithEngine();

// Starts the pack's server, which is why the rules live apart from it.
new PolicyPack("kpaas", { policies: rules, enforcementLevel: "mandatory" });
