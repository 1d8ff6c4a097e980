import { configDefaults, defineConfig } from "vitest/config";

/**
 * unit: seconds, no engine. program: Pulumi's mocks, `./kpaas`. provider: the real Pulumi engine, a real sshd, BOSH's template engine; mostly waiting. container-engine: the provider on a real one. contract: the real engine on simulated clouds, the CI templates there too.
 * browser: the plan's page in Debian's Chromium. e2e-local: whole platforms on this machine. e2e-openstack: on a real OpenStack
 * control plane.
 */
export default defineConfig({
  test: {
    setupFiles: ["tests/harness/setup.ts"],
    env: { PULUMI_ERROR_OUTPUT_STRING: "true" },
    // The default leaves one core idle, half of a small machine.
    maxWorkers: "100%",
    projects: [
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
      {
        extends: true,
        test: {
          name: "program",
          testTimeout: 60_000,
          include: ["**/*.program.test.ts"],
        },
      },
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
      {
        extends: true,
        test: {
          name: "contract",
          include: ["tests/{ci,contract,simulated-cloud}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 600_000,
        },
      },
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
      {
        extends: true,
        test: {
          name: "e2e-openstack",
          include: ["tests/e2e-openstack/**/*.test.ts"],
          globalSetup: "tests/e2e-openstack/setup.ts",
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          // All of them: each waits for the provider's fixed delays most of its time.
          maxWorkers: 7,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
