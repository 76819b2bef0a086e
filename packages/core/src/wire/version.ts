/**
 * The format of canonical bytes and events. A change of an event's fields, of a hash or of the encoding
 * raises it, with a decision in ARCHITECTURE.md.
 */
export const WIRE_VERSION = 1;

/**
 * The format of snapshots, which no hash is made of: 1 held accounts as records, 2 holds them as columns. A snapshot of another format is
 * refused; its state is in the journal.
 */
export const SNAPSHOT_VERSION = 2;
