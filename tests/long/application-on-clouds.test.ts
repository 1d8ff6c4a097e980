import { applicationOf } from "../contract/application.ts";
import { applicationClouds } from "../contract/application-clouds.ts";

const inContract: readonly string[] = ["aws", "nhn"];

for (const kind of Object.keys(applicationClouds) as (keyof typeof applicationClouds)[])
  if (!inContract.includes(kind)) applicationOf(kind);
