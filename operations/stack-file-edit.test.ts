import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { UserError } from "../lib/errors.ts";
import { edited } from "./stack-file-edit.ts";
import { exampleStacks } from "./stacks-folder.ts";

const root = ["config", "kpaas:environment"] as const;
const version = { path: [...root, "containerPlatform", "kubernetesVersion"], value: "1.36.3" };
const generation = (...path: (string | number)[]) => ({ path: [...root, ...path, "generation"], value: 2 });

const file = `# of the operations department
config:
  kpaas:environment:   # all of it
    infrastructure: { kind: local }
    containerPlatform:
        kubernetesVersion:   "1.35.4"   # until spring
        masters: {count: 3}  # etcd
        registry:
          dataDiskGiB: 50

        workerPools:
        - name: web       # the portal
          count: 2
        - { name: batch }
        # more to come
    policies:
      rules: {}
`;

describe("an edit of a stack file", () => {
  test("changes a value, and no other character", () => {
    expect(edited(file, [version])).toBe(file.replace('"1.35.4"', "1.36.3"));
  });

  test("adds a key to a map, whichever way that is written", () => {
    const edits = [
      generation("containerPlatform", "masters"),
      generation("containerPlatform", "registry"),
      generation("containerPlatform", "workerPools", 0),
      generation("containerPlatform", "workerPools", 1),
    ];
    expect(edited(file, edits)).toBe(
      file
        .replace("{count: 3}", "{count: 3, generation: 2}")
        .replace("dataDiskGiB: 50\n", "dataDiskGiB: 50\n          generation: 2\n")
        .replace("count: 2\n", "count: 2\n          generation: 2\n")
        .replace("{ name: batch }", "{ name: batch, generation: 2 }"),
    );
  });

  test("adds maps that are not there yet, at the end of the nearest one that is", () => {
    expect(edited(file, [generation("containerPlatform", "haproxy")])).toBe(
      file.replace("{ name: batch }\n", "{ name: batch }\n        haproxy: { generation: 2 }\n"),
    );
    expect(edited("config:\n  kpaas:environment:\n    infrastructure: { kind: local }", [version])).toBe(
      "config:\n  kpaas:environment:\n    infrastructure: { kind: local }\n    containerPlatform: { kubernetesVersion: 1.36.3 }",
    );
    expect(edited("config: { kpaas:environment: { containerPlatform: {} } }\n", [version])).toBe(
      "config: { kpaas:environment: { containerPlatform: { kubernetesVersion: 1.36.3 } } }\n",
    );
    expect(edited("config:\n  kpaas:environment:\n    containerPlatform: # nothing\n", [version])).toBe(
      "config:\n  kpaas:environment:\n    containerPlatform: { kubernetesVersion: 1.36.3 } # nothing\n",
    );
  });

  test("raises a number that is there", () => {
    const once = edited(file, [generation("containerPlatform", "masters")]);
    const path = [...root, "containerPlatform", "masters", "generation"];
    expect(edited(once, [{ path, value: 3 }])).toBe(once.replace("generation: 2", "generation: 3"));
  });

  test("writes what YAML would take for something else in quotes", () => {
    const path = [...root, "network", "domain"];
    expect(parse(edited(file, [{ path, value: "1.5" }])).config["kpaas:environment"].network.domain).toBe("1.5");
  });

  const gone = (...path: (string | number)[]) => ({ path: [...root, ...path] });

  test("takes a key out with its line, and no other character", () => {
    expect(edited(file, [gone("containerPlatform", "kubernetesVersion")])).toBe(
      file.replace('kubernetesVersion:   "1.35.4"   # until spring\n        ', ""),
    );
    expect(edited(file, [gone("containerPlatform", "workerPools", 0, "count")])).toBe(
      file.replace("          count: 2\n", ""),
    );
    expect(edited(file, [gone("containerPlatform", "workerPools", 0, "name")])).toBe(
      file.replace("name: web       # the portal\n          count: 2", "count: 2"),
    );
    expect(edited(file, [gone("containerPlatform", "registry")])).toBe(
      file.replace("        registry:\n          dataDiskGiB: 50\n", ""),
    );
    expect(edited(file, [gone("containerPlatform", "registry", "dataDiskGiB")])).toBe(
      file.replace("dataDiskGiB: 50", "{}"),
    );
  });

  test("takes a key out of a map in one line, wherever it stands there", () => {
    const of = (map: string) => `config: { kpaas:environment: { bastion: ${map} } } # end\n`;
    const without = (map: string) => edited(of(map), [gone("bastion", "generation")]);
    expect(without("{ generation: 2 }")).toBe(of("{}"));
    expect(without("{ generation: 2, size: {} }")).toBe(of("{ size: {} }"));
    expect(without("{ size: {}, generation: 2 }")).toBe(of("{ size: {} }"));
    expect(without("{ size: {} }")).toBe(of("{ size: {} }"));
  });

  test("that adds a line and one that takes it out give the file as it was", () => {
    const path = ["containerPlatform", "workerPools", 0, "kubernetesVersion"];
    const added = edited(file, [{ path: [...root, ...path], value: "1.35.4" }]);
    expect(added).not.toBe(file);
    expect(edited(added, [gone(...path)])).toBe(file);
  });

  test("is left to its author where a value is another's, and says what to set", () => {
    const aliased = file.replace("masters: {count: 3}", "masters: &few { count: 1 }\n        haproxy: *few");
    const edit = () => edited(aliased, [generation("containerPlatform", "haproxy")]);
    expect(edit).toThrow(UserError);
    expect(edit).toThrow(expect.objectContaining({ next: expect.stringContaining("haproxy.generation: 2") }));
  });

  test.each(readdirSync(exampleStacks).filter((name) => /^Pulumi\..*\.yaml$/.test(name)))("works in %s", (name) => {
    const text = readFileSync(join(exampleStacks, name), "utf8");
    const after = edited(text, [version, generation("containerPlatform", "masters"), generation("bastion")]);
    const { containerPlatform, bastion } = parse(after).config["kpaas:environment"];
    expect([containerPlatform.kubernetesVersion, containerPlatform.masters.generation]).toEqual(["1.36.3", 2]);
    expect(bastion.generation).toBe(2);
    for (const comment of text.match(/#.*/g) ?? []) expect(after).toContain(comment);
  });
});
