import { expect, test } from "vitest";
import { judgeSkew } from "./skew.ts";

const kubelets = (...versions: string[]) =>
  versions.map((version, index) => ({ node: `worker-${index + 1}`, version }));

test("kubelets up to three minors behind the new version are fine", () => {
  expect(judgeSkew(kubelets("v1.35.4", "v1.34.0", "v1.33.9"), "v1.35.4", "1.36.3")).toEqual([]);
});

test("a kubelet that would be four minors behind is named", () => {
  const [finding, ...others] = judgeSkew(kubelets("v1.35.4", "v1.32.9"), "v1.35.4", "1.36.3");
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ level: "blocks", found: expect.stringContaining("worker-2 (v1.32.9)") });
  expect(finding?.found).not.toContain("worker-1");
});

test("a kubelet newer than the API server is named, by its patch too", () => {
  expect(judgeSkew(kubelets("v1.36.1", "v1.36.3"), "v1.36.1", "1.37.2")).toMatchObject([
    { level: "blocks", found: expect.stringMatching(/v1\.36\.1, which .* under worker-2 \(v1\.36\.3\)$/) },
  ]);
});
