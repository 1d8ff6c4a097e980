/** Scripts of package.json, one after another. */
export type Lane = string[];

/** `npm test` by its stages, each of lanes that run beside each other. */
export const stages: Lane[][] = [
  [["optional"]],
  [["test:unit"], ["check"]],
  [
    ["test:program", "contract"],
    ["test:provider", "test:browser"],
  ],
  // The provider of OpenStack waits most of its time.
  [["e2e:local"], ["e2e:openstack"]],
];

/** Scripts that take longer than CI allows: `npm test` leaves them out. */
export const longScripts: Lane = ["test:long", "e2e:openstack-boots"];
