import { applicationOf } from "./application.ts";

// The other clouds' are too long for CI: tests/long/application-on-clouds.test.ts.
applicationOf("nhn");
applicationOf("aws");
