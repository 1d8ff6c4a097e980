import { expect, test } from "vitest";
import { dockerCpiProblem } from "./docker-cpi.ts";

const docker = {
  apiVersion: "1.44",
  names: ["Docker Engine - Community", "containerd"],
  securityOptions: ["name=seccomp"],
};

test.each(["1.44", "1.51", "2.0"])("Docker whose API is %s is one for BOSH", (apiVersion) => {
  expect(dockerCpiProblem({ ...docker, apiVersion })).toBeUndefined();
});

test.each([
  [{ apiVersion: "1.41" }, /its API is 1\.41, and 1\.44 is needed/],
  [{ apiVersion: "1.5" }, /its API is 1\.5/],
  [{ names: ["Podman Engine"] }, /it is Podman/],
  [{ securityOptions: ["name=seccomp,profile=builtin", "name=rootless"] }, /without root/],
])("an engine with %o is not", (change, problem) => {
  expect(dockerCpiProblem({ ...docker, ...change })).toMatch(problem);
});
