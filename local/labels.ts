/** Label of every container, network and volume of an environment. */
export const environmentLabel = "kpaas.environment";
export const machineLabel = "kpaas.machine";
export const roleLabel = "kpaas.role";
/** Label with the checksum of what a container was made from: tells whether one left by a killed `up` is the wanted one. */
export const specLabel = "kpaas.spec";
