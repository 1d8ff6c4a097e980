import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    env: { PULUMI_ERROR_OUTPUT_STRING: "true" },
    // The default leaves one core idle, half of a small machine.
    maxWorkers: "100%",
    projects: [
      // Seconds, no engine.
      {
        extends: true,
        test: {
          name: "unit",
          // On a machine that may be busy.
          testTimeout: 20_000,
          include: ["**/*.test.ts"],
          exclude: [...configDefaults.exclude, "tests/**", "**/*.program.test.ts"],
        },
      },
      // Pulumi's mocks, `./kpaas`.
      {
        extends: true,
        test: {
          name: "program",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ["**/*.program.test.ts"],
        },
      },
      // The real Pulumi engine, a real sshd, BOSH's template engine.
      {
        extends: true,
        test: {
          name: "provider",
          include: ["tests/provider/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 1_200_000,
          // They mostly wait.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      // The provider on a real container engine.
      {
        extends: true,
        test: {
          name: "container-engine",
          include: ["tests/container-engine/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      // The real Pulumi engine on simulated clouds; the CI templates and the simulated clouds themselves.
      {
        extends: true,
        test: {
          name: "contract",
          include: ["tests/{ci,contract,harness}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
        },
      },
      // The plan's page in Debian's Chromium.
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
      // Whole platforms on this machine.
      {
        extends: true,
        test: {
          name: "e2e-local",
          include: ["tests/e2e-local/**/*.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 2_700_000,
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      // Whole platforms on a real OpenStack control plane.
      {
        extends: true,
        test: {
          name: "e2e-openstack",
          include: ["tests/e2e-openstack/*.test.ts"],
          globalSetup: "tests/e2e-openstack/setup.ts",
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          // All of them: each waits for the provider's fixed delays most of its time.
          maxWorkers: 7,
          sequence: { groupOrder: 4 },
        },
      },
      // Whole platforms on a real OpenStack whose machines boot: as many containers as machines, so one platform at a time.
      {
        extends: true,
        test: {
          name: "e2e-openstack-boots",
          include: ["tests/e2e-openstack/boots/*.test.ts"],
          globalSetup: "tests/e2e-openstack/boots/setup.ts",
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
      // Takes longer than CI allows: `npm run test:long`.
      {
        extends: true,
        test: {
          name: "long",
          include: ["tests/long/**/*.test.ts"],
          testTimeout: 7_200_000,
          hookTimeout: 1_200_000,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
