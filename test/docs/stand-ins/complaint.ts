/** What is wrong with a command, as far as a stand-in can tell: the command ends with 2 and says so. */
export class Complaint extends Error {}

/** @throws Complaint unless it holds. */
export function demand(holds: boolean, complaint: string): asserts holds {
  if (!holds) throw new Complaint(complaint);
}
