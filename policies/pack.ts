import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules.ts";

// Starts the pack's server, which is why the rules live apart from it.
new PolicyPack("kpaas", { policies: rules, enforcementLevel: "mandatory" });
