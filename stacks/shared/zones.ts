interface ZonedContext {
  settings: { availabilityZones: readonly string[] };
}

/** Gives the cloud's own name of a zone, counted from 0. Throws RangeError for one that the settings do not name. */
export function zoneName({ settings: { availabilityZones } }: ZonedContext, zone: number): string {
  const name = availabilityZones[zone];
  if (!name) throw new RangeError(`zone ${zone} of ${availabilityZones.length}`);
  return name;
}
