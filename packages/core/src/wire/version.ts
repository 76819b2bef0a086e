/**
 * The format of canonical bytes, events and snapshots. A change of an event's fields, of a hash or of the encoding
 * raises it, with a decision in ARCHITECTURE.md.
 */
export const WIRE_VERSION = 1;
